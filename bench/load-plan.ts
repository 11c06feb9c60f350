import { tmpdir } from 'node:os';
import type { StartOptions } from '../src/client/start-session';
import { readPlan, requirePlan } from '../src/contracts/schemas/read-plan';
import { planDocuments } from '../src/main/prepare-plan';

/** Reads a plan the way a user's file is read; JSON is YAML. Throws PLAN_INVALID. */
export async function loadPlan(planFile: object): Promise<StartOptions> {
  const noSubPlans = (path: string): Promise<string> => Promise.reject(new Error(`there is no file ${path}`));
  const { plan, hash } = requirePlan(
    await readPlan({ file: 'bench.plan.yaml', text: JSON.stringify(planFile) }, noSubPlans),
  );
  return { plan, hash, documents: planDocuments(plan), baseDirectory: tmpdir() };
}
