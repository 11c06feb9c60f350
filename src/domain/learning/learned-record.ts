import type { AgentRecord } from '../agents/agent';
import { deviationOf } from './change';
import { defaultLearning } from './learning-settings';
import type { LearningSettings } from './learning-settings';
import { emptyRecord, plus, scaled } from './record-sums';
import type { LearnedOutcome } from './record-sums';

/** What was learnt of an agent, or of one part of what it does. Plain JSON. */
export interface Learned {
  record: AgentRecord;
  /** The same of the latest outcomes only: it fades faster. */
  recent: AgentRecord;
  /** Milliseconds since 1970, of the latest outcome: what the sums have faded to. */
  asOf: number;
}

const dayMs = 86_400_000;

export const nothingLearned: Learned = { record: emptyRecord, recent: emptyRecord, asOf: 0 };

/**
 * With one outcome more; those before it fade with the time between and with the outcome itself. Where the recent ones differ too much from
 * the others to be luck, the agent is another than it was: all that was earlier is forgotten. In constant time; the order of outcomes counts.
 */
export function recordOutcome(
  { record, recent = emptyRecord, asOf }: Omit<Learned, 'recent'> & Partial<Pick<Learned, 'recent'>>,
  outcome: LearnedOutcome & { endedAt: number },
  settings: LearningSettings = defaultLearning,
): Learned {
  const { endedAt } = outcome;
  const faded = fading(endedAt - asOf, settings);
  // One that is heard of late has faded itself.
  const weight = fading(asOf - endedAt, settings);
  const after = (sums: AgentRecord, memory: number): AgentRecord =>
    plus(scaled(sums, faded * (1 - 1 / memory)), outcome, weight);
  const now = { record: after(record, settings.memory), recent: after(recent, settings.recent) };
  const hasChanged = Math.abs(deviationOf(now)) > settings.changeDeviations;
  return { record: hasChanged ? now.recent : now.record, recent: now.recent, asOf: Math.max(asOf, endedAt) };
}

/**
 * What is left of it at a later time, in milliseconds since 1970: who has not been heard of for long is uncertain again. In whole days, so that agents
 * of which the same is known stay equal in what they are chosen by.
 */
export function decayedTo<L extends Learned>(learned: L, now: number, settings: LearningSettings = defaultLearning): L {
  const days = Math.max(0, Math.floor((now - learned.asOf) / dayMs));
  const faded = fading(days * dayMs, settings);
  return {
    ...learned,
    record: scaled(learned.record, faded),
    recent: scaled(learned.recent, faded),
    asOf: learned.asOf + days * dayMs,
  };
}

/** 1 for no time, or for less. */
function fading(ageMs: number, { halfLifeMs }: LearningSettings): number {
  return 0.5 ** (Math.max(0, ageMs) / halfLifeMs);
}
