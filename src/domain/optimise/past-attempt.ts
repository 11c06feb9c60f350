import type { Example } from '../learning/insights/example';
import { inOrder } from '../learning/insights/units';
import type { Assignment } from '../routing/assignment';

/** Why an attempt went to its agent, as it was stored. */
export interface PastAssignment {
  session: string;
  run: string;
  attempt: number;
  assignment: Assignment;
}

/** An attempt with what it came to and why it went where it did. */
export interface PastAttempt {
  example: Example;
  assignment: Assignment;
}

/** Attempts of which both are known, in order. */
export function pastAttempts(examples: readonly Example[], assignments: readonly PastAssignment[]): PastAttempt[] {
  const key = ({ session, run, attempt }: { session: string; run: string; attempt: number }): string =>
    JSON.stringify([session, run, attempt]);
  const known = new Map(assignments.map((one) => [key(one), one.assignment]));
  return inOrder(examples).flatMap((example) => {
    const assignment = known.get(key(example));
    return assignment ? [{ example, assignment }] : [];
  });
}
