import { readPlan, requirePlan } from '../../../src/contracts/schemas/read-plan';
import { formatSourceIssue } from '../../../src/contracts/schemas/source-position';
import type { Plan } from '../../../src/domain/plan/plan';

/** Files by path; a path that is not there rejects as a file system does. */
export function filesOf(files: Record<string, string>): (path: string) => Promise<string> {
  return (path) => {
    const text = Object.hasOwn(files, path) ? files[path] : undefined;
    return text === undefined ? Promise.reject(new Error(`no such file: ${path}`)) : Promise.resolve(text);
  };
}

/** Issues of a plan, as they are shown, without the file. */
export async function issuesIn(text: string, files: Record<string, string> = {}): Promise<string[]> {
  const { issues } = await readPlan({ file: 'main.plan.yaml', text }, filesOf(files));
  return issues.map(formatSourceIssue).map((issue) => issue.replace(/^main\.plan\.yaml:/, ''));
}

/** The plan behind a text; throws with all issues where there are any. */
export async function planOf(text: string, files: Record<string, string> = {}): Promise<Plan> {
  return requirePlan(await readPlan({ file: 'main.plan.yaml', text }, filesOf(files))).plan;
}
