import type { AgentRecord } from '../agents/agent';
import { aboutDuration } from '../routing/plain-words';
import { upperDurationMs } from './upper-duration';

/** What an attempt may take, as a multiple of what 99 of 100 stay within. */
const factor = 2;

/** The shortest that evidence makes of it: what starts slowly now and then must not look like something that hangs. */
const shortestMs = 60_000;

/** All that the timeout of an attempt follows from. */
export interface TimeoutInputs {
  /** What the plan says, or what holds where it says nothing; or the workspace, where that is less. Never more than this. */
  limitMs: number;
  /** Who says so. */
  limitFrom: 'plan' | 'default' | 'settings';
  /** 1-based: each further attempt gets twice as much, since what was learnt did not hold. */
  attempt: number;
  /** What the agent did of just this kind of task; absent where evidence is not to say anything. */
  record?: AgentRecord;
}

export interface AttemptTimeout {
  ms: number;
  from: 'plan' | 'default' | 'settings' | 'evidence';
  /** Where evidence says so: the weight of the successes, and what 99 of 100 of them stay within. */
  successes?: number;
  p99Ms?: number;
}

/** How long an attempt may take. */
export function attemptTimeout({ limitMs, limitFrom, attempt, record }: TimeoutInputs): AttemptTimeout {
  const p99Ms = record && upperDurationMs(record, 0.99);
  const ms = p99Ms === undefined ? limitMs : Math.max(shortestMs, p99Ms * factor) * 2 ** (attempt - 1);
  if (!record || p99Ms === undefined || ms >= limitMs) return { ms: limitMs, from: limitFrom };
  return { ms, from: 'evidence', successes: record.succeeded, p99Ms };
}

/** Where it comes from, in plain words. */
export function timeoutWords({ ms, from, successes, p99Ms = 0 }: AttemptTimeout): string {
  switch (from) {
    case 'plan':
      return `${aboutDuration(ms)}, as the plan says`;
    case 'default':
      return `${aboutDuration(ms)}, the default`;
    case 'settings':
      return `${aboutDuration(ms)}, as the settings of the workspace say`;
    case 'evidence':
      return `${aboutDuration(ms)}, from evidence: 99 of 100 of its successes at this kind of task stay within ${aboutDuration(p99Ms)}, after ${successes?.toFixed(1)} of them`;
  }
}
