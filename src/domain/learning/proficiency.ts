import type { AgentRecord } from '../agents/agent';

/** Outcomes that what the owner says of an agent is worth. */
const declaredWeight = 10;

/** Less is no step: an agent that changes is looked at anew by all who route. */
const smallestStep = 0.05;

/** How good an agent is at a capability by now, 0–1, and what it was taken for before. */
export interface ProficiencyStep {
  capability: string;
  from: number;
  to: number;
  /** Weight of the outcomes that it follows from. */
  outcomes: number;
}

/**
 * The step from `current` to what the outcomes with the capability say by now; undefined while it would be a small one. What the owner declares counts as ten
 * outcomes do, of which that share succeeded: (10 · declared + succeeded) ÷ (10 + succeeded + failed), rounded to 0.01.
 */
export function proficiencyStep(
  capability: string,
  { declared, current }: { declared: number; current: number },
  { succeeded, failed }: AgentRecord,
): ProficiencyStep | undefined {
  const outcomes = succeeded + failed;
  const to = Math.round((100 * (declaredWeight * declared + succeeded)) / (declaredWeight + outcomes)) / 100;
  // Thousandths of rounding are no distance.
  return Math.abs(to - current) > smallestStep - 1e-9 ? { capability, from: current, to, outcomes } : undefined;
}
