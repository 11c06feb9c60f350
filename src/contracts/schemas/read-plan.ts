import { dirname } from 'node:path';
import { OrchestraError } from '../../domain/errors';
import { planLimits } from '../../domain/plan/limits';
import type { Plan } from '../../domain/plan/plan';
import { canonicalPlan } from './canonical-plan';
import { PlanLoader } from './plan-loader';
import type { ReadText } from './plan-loader';
import { formatSourceIssue } from './source-position';
import type { AgentNeedIssue, SourceIssue } from './source-position';

/** A plan that can be run, or everything that keeps it from it. */
export type PlanReading =
  | {
      plan: Plan;
      /** JSON with sorted keys, defaults written out, sub-plans embedded. */
      canonical: string;
      /** SHA-256 of the canonical form in hexadecimal: the version of the plan. */
      hash: string;
      /** Folder that relative paths of the plan are resolved against. */
      baseDirectory: string;
      /** What only agents of the registry can do. */
      needs: AgentNeedIssue[];
      issues: [];
    }
  | { plan: undefined; issues: SourceIssue[] };

export interface PlanSource {
  /** Path of the plan file: shown in messages, base of relative paths, argument of readText. */
  file: string;
  /** Its text, where it is known; otherwise it is read. */
  text?: string;
}

/**
 * Reads a plan file, YAML or JSON, with its sub-plans, and checks everything about it. Finds all issues (of each file, at most 100 are listed)
 * and never throws for what stands in the files.
 */
export async function readPlan({ file, text }: PlanSource, readText: ReadText): Promise<PlanReading> {
  const loader = new PlanLoader(readText);
  const plan = await loader.loadRoot(file, text);
  if (!plan) return { plan: undefined, issues: sortIssues(loader.issues) };
  return { plan, ...canonicalPlan(plan), baseDirectory: dirname(file), needs: loader.needs, issues: [] };
}

/** File by file, in the order in which they were met, and from top to bottom. */
function sortIssues(issues: readonly SourceIssue[]): SourceIssue[] {
  const files = [...new Set(issues.map((issue) => issue.file))];
  return files.flatMap((file) =>
    issues
      .filter((issue) => issue.file === file)
      .sort((left, right) => left.line - right.line || left.column - right.column),
  );
}

/** The reading of a plan without issues. Throws PLAN_INVALID with all of them. */
export function requirePlan(reading: PlanReading): Extract<PlanReading, { plan: Plan }> {
  if (reading.plan) return reading;
  const lines = reading.issues.map(formatSourceIssue);
  const shown = lines.slice(0, planLimits.issues).join('\n');
  const more = lines.length > planLimits.issues ? `\n(and ${lines.length - planLimits.issues} more)` : '';
  throw new OrchestraError('PLAN_INVALID', `The plan cannot be run:\n${shown}${more}`);
}
