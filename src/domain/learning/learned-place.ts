import type { AgentRecord } from '../agents/agent';
import { aboutDuration } from '../routing/plain-words';
import { upperDurationMs } from './upper-duration';

/** What nine of ten successes must stay within, in milliseconds, for an attempt to run inside the turn: it is given up there after 2 s. */
export const longestInlineMs = 250;

/** All that it follows from where an attempt runs that could run inside the turn. */
export interface PlaceInputs {
  /** What the plan says; absent where it leaves it to evidence. */
  asked?: boolean;
  /** What the agent did of just this kind of task, where the plan says nothing. */
  record?: AgentRecord;
}

/** Where an attempt runs: inside the turn, or in a worker. */
export interface AttemptPlace {
  inline: boolean;
  from: 'plan' | 'evidence';
  /** Where evidence says so: the weight of the successes, and what nine of ten of them stay within. */
  successes?: number;
  p90Ms?: number;
}

/** Undefined where nobody says anything: it is left to a worker. */
export function attemptPlace({ asked, record }: PlaceInputs): AttemptPlace | undefined {
  if (asked !== undefined) return { inline: asked, from: 'plan' };
  const p90Ms = record && upperDurationMs(record, 0.9);
  if (!record || p90Ms === undefined) return undefined;
  return { inline: p90Ms <= longestInlineMs, from: 'evidence', successes: record.succeeded, p90Ms };
}

/** In plain words. */
export function placeWords({ inline, from, successes, p90Ms = 0 }: AttemptPlace): string {
  const where = inline ? 'inside the turn, if not too many do already' : 'in a worker';
  if (from === 'plan') return `${where}, as the plan says`;
  return `${where}, from evidence: nine of ten of its successes at this kind of task stay within ${aboutDuration(p90Ms)}, after ${successes?.toFixed(1)} of them; up to ${longestInlineMs} ms are short`;
}
