import type { AgentRecord } from '../agents/agent';
import { aboutDuration } from '../routing/plain-words';
import { studentQuantile } from '../prediction/beta-distribution';

/** What 20 fresh successes weigh: each takes a fiftieth of the weight of those before it. */
const fewestSuccesses = 16;

/** What an attempt may take, as a multiple of what 99 of 100 stay within. */
const factor = 2;

/** The shortest that evidence makes of it: what starts slowly now and then must not look like something that hangs. */
const shortestMs = 60_000;

/** All that the timeout of an attempt follows from. */
export interface TimeoutInputs {
  /** What the plan says, or what holds where it says nothing. Never more than this. */
  limitMs: number;
  /** Who says so. */
  limitFrom: 'plan' | 'default';
  /** 1-based: each further attempt gets twice as much, since what was learnt did not hold. */
  attempt: number;
  /** What the agent did of just this kind of task; absent where evidence is not to say anything. */
  record?: AgentRecord;
}

export interface AttemptTimeout {
  ms: number;
  from: 'plan' | 'default' | 'evidence';
  /** Where evidence says so: the weight of the successes, and what 99 of 100 of them stay within. */
  successes?: number;
  p99Ms?: number;
}

/** How long an attempt may take. Durations are log-normal, with a mean and a variance of which as much is known as so many successes can tell. */
export function attemptTimeout({ limitMs, limitFrom, attempt, record }: TimeoutInputs): AttemptTimeout {
  const p99Ms = record && upperDurationMs(record);
  const ms = p99Ms === undefined ? limitMs : Math.max(shortestMs, p99Ms * factor) * 2 ** (attempt - 1);
  if (!record || p99Ms === undefined || ms >= limitMs) return { ms: limitMs, from: limitFrom };
  return { ms, from: 'evidence', successes: record.succeeded, p99Ms };
}

/** What 99 of 100 successes stay within; undefined where too few are known. */
function upperDurationMs({ succeeded: n, logDurationSum, logDurationSquareSum }: AgentRecord): number | undefined {
  if (n < fewestSuccesses) return undefined;
  const mean = logDurationSum / n;
  // Rounding can make the difference of equal sums negative.
  const variance = Math.max(0, (logDurationSquareSum - logDurationSum * mean) / (n - 1));
  const upper = Math.exp(mean + studentQuantile(n - 1, 0.99) * Math.sqrt(variance * (1 + 1 / n)));
  return Number.isFinite(upper) ? Math.round(upper) : undefined;
}

/** Where it comes from, in plain words. */
export function timeoutWords({ ms, from, successes, p99Ms = 0 }: AttemptTimeout): string {
  switch (from) {
    case 'plan':
      return `${aboutDuration(ms)}, as the plan says`;
    case 'default':
      return `${aboutDuration(ms)}, the default`;
    case 'evidence':
      return `${aboutDuration(ms)}, from evidence: 99 of 100 of its successes at this kind of task stay within ${aboutDuration(p99Ms)}, after ${successes?.toFixed(1)} of them`;
  }
}
