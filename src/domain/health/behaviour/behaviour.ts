import type { Tally } from '../chances';

/** What is compared with the agent's own past; each to the bad side only. */
export const behaviourMeasures = ['failures', 'duration', 'cost'] as const;
export type BehaviourMeasure = (typeof behaviourMeasures)[number];

/** An attempt that says something of its agent. */
export interface BehaviourOutcome {
  /** Milliseconds since 1970. */
  at: number;
  /** Durations and costs are compared with those of the same task. */
  task: string;
  failed: boolean;
  /** Null where unknown. */
  durationMs: number | null;
  costUsd: number | null;
}

/** How a value lies in those before, of the same task. */
export interface Excess {
  /** Beyond nine of ten of them. */
  isOver: boolean;
  /** How many they are. */
  of: number;
  /** The value in medians of them, and how far above it is. */
  times: number;
  by: number;
}

/** Null where there is nothing to compare with: no value, or too few before. */
export interface RecentOutcome extends BehaviourOutcome {
  duration: Excess | null;
  cost: Excess | null;
}

export interface Unusual {
  /** Milliseconds since 1970. */
  since: number;
  /** In words: it …. */
  why: string;
  /** Outcomes since then. */
  outcomes: number;
}

export type ValueMeasure = Exclude<BehaviourMeasure, 'failures'>;

/** What is known of how an agent does, in some kilobytes of JSON however long its past is. What is unusual does not become past. */
export interface AgentBehaviour {
  /** Of what is older than an hour, fading. */
  past: Tally;
  /** Values of the latest successes of each task that are older than an hour, oldest first; the task used last stands last. */
  tasks: Record<string, Record<ValueMeasure, number[]>>;
  /** Of the last hour, oldest first. */
  recent: RecentOutcome[];
  unusual: Partial<Record<BehaviourMeasure, Unusual>>;
}

export const newBehaviour: AgentBehaviour = {
  past: { succeeded: 0, failed: 0 },
  tasks: {},
  recent: [],
  unusual: {},
};

/** The value of a success that is compared. */
export function valueOf(outcome: BehaviourOutcome, measure: ValueMeasure): number | null {
  if (outcome.failed) return null;
  return measure === 'duration' ? outcome.durationMs : outcome.costUsd;
}
