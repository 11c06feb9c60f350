import { formatPlanPath } from '../../domain/plan/issue';
import type { PlanPath } from '../../domain/plan/issue';
import type { AgentChoice } from '../../domain/plan/plan';

/** A place in a text; both count from 1. */
export interface SourcePosition {
  line: number;
  column: number;
}

/** What is wrong at one place of one plan file. */
export interface SourceIssue extends SourcePosition {
  /** As it was named to readPlan, or as a plan file led to it. */
  file: string;
  /** What is wrong and what to do; begins with the path in the plan where there is one. */
  message: string;
  /** In the plan; absent where the file cannot be read as one. */
  path?: PlanPath;
}

/** An agent that the plan itself does not have. */
export interface AgentNeedIssue extends SourceIssue {
  path: PlanPath;
  choice: AgentChoice;
}

/** The message, without the path that it begins with. */
export function bareMessage({ path = [], message }: SourceIssue): string {
  const prefix = path.length === 0 ? '' : `${formatPlanPath(path)}: `;
  return message.startsWith(prefix) ? message.slice(prefix.length) : message;
}

/** `plans/fix.plan.yaml:12:5: tasks.fix.needs[0]: there is no task "reserch" (did you mean "research"?)` */
export function formatSourceIssue({ file, line, column, message }: SourceIssue): string {
  return `${file}:${line}:${column}: ${message}`;
}
