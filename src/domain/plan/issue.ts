import { planLimits } from './limits';
import type { AgentChoice } from './plan';

/** Where in a plan file, as keys and indices from its root. */
export type PlanPath = readonly (string | number)[];

/** What is wrong with a plan. */
export interface PlanIssue {
  path: PlanPath;
  /** What is wrong and what to do. */
  message: string;
  /** The key at the end of the path is at fault, not its value. */
  atKey?: true;
  /** No agent of the plan will do; it is no fault where the registry has one. */
  need?: AgentChoice;
}

/** Collects issues up to a limit, so that a plan with a million faults still answers at once. */
export class IssueList {
  readonly issues: PlanIssue[] = [];
  /** Issues beyond the limit. */
  omitted = 0;

  constructor(private readonly limit: number = planLimits.issues) {}

  /** A message that costs time to make is passed as a function. */
  add(path: PlanPath, message: string | (() => string), options: Pick<PlanIssue, 'atKey' | 'need'> = {}): void {
    if (this.issues.length >= this.limit) {
      this.omitted++;
      return;
    }
    this.issues.push({ path, message: typeof message === 'string' ? message : message(), ...options });
  }
}

/** `tasks.fix.needs[0]`, or `plan` for the root. */
export function formatPlanPath(path: PlanPath): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
  return text === '' ? 'plan' : text.replace(/^\./, '');
}
