import { createRandom } from '../random';
import { chanceOfFailures, fade } from './chances';
import type { Tally } from './chances';

/** Whether an agent is given work: all it has room for, none, or a trial now and then. Plain JSON. */
export type Breaker = ClosedBreaker | OpenBreaker | HalfOpenBreaker;

interface Known {
  /** What is known of the agent from before the window. */
  past: Tally;
  /** How often it has opened since it last did well for a whole window. */
  openings: number;
}

export interface ClosedBreaker extends Known {
  state: 'closed';
  /** The latest outcomes since it was closed, oldest first, a letter each: `s` or `f`. */
  window: string;
}

export interface OpenBreaker extends Known {
  state: 'open';
  /** When it half-opens by itself, in milliseconds since 1970; null where somebody holds it open. */
  until: number | null;
  why: string;
}

export interface HalfOpenBreaker extends Known {
  state: 'half-open';
  why: string;
  /** How many attempts may still be given to it. */
  trials: number;
  /** Trials that succeeded. */
  succeeded: number;
}

export type BreakerEvent =
  | { type: 'outcome'; failed: boolean }
  /** An attempt is given to it. */
  | { type: 'attempt-given' }
  /** Time has passed. `isIdle`: nothing is with the agent, so that its trials have come to nothing where none is left. */
  | { type: 'time-passed'; isIdle: boolean }
  /** Somebody looked whether it can be reached; `why` it cannot. */
  | { type: 'probed'; isReachable: true }
  | { type: 'probed'; isReachable: false; why: string }
  | { type: 'held-open'; why: string }
  | { type: 'reset' };

export interface BreakerPolicy {
  firstOpenMs: number;
  longestOpenMs: number;
}

export const defaultPolicy: BreakerPolicy = { firstOpenMs: 30_000, longestOpenMs: 15 * 60_000 };

/** The latest outcomes that are compared with the past. */
export const windowSize = 20;
/** Fewer failures in a row are no evidence, whatever the past. */
const fewestInARow = 5;
/** Of what has happened, for an agent that goes on as before: less likely is evidence. */
const surprising = 0.001;
/** What each outcome that is added leaves of those before: the past is some 50 outcomes long. */
const keep = 0.98;
/** Each opening lasts so much longer than the one before, give or take `jitter`. */
const growth = 2;
const jitter = 0.2;
/** Trials that have to succeed before it closes; one is let through at a time. */
const trialsToClose = 2;

/** Of an agent that nothing is known of: it is taken for one that succeeded four times in five. */
export const newBreaker: ClosedBreaker = {
  state: 'closed',
  window: '',
  past: { succeeded: 40, failed: 10 },
  openings: 0,
};

/** `now` in milliseconds since 1970; `seed` of the agent: it spreads the ends of openings. */
export function step(
  breaker: Breaker,
  event: BreakerEvent,
  { now, seed, policy }: { now: number; seed: string; policy: BreakerPolicy },
): Breaker {
  const { past, openings } = breaker;
  const open = (why: string, known: Known): OpenBreaker => {
    const times = known.openings + 1;
    return { state: 'open', until: now + openMs(times, seed, policy), why, past: known.past, openings: times };
  };
  switch (event.type) {
    case 'reset':
      return { state: 'closed', window: '', past, openings: 0 };
    case 'held-open':
      return { state: 'open', until: null, why: event.why, past, openings };
    case 'attempt-given':
      return breaker.state === 'half-open' ? { ...breaker, trials: Math.max(0, breaker.trials - 1) } : breaker;
    case 'time-passed':
      if (breaker.state === 'open' && breaker.until !== null && breaker.until <= now) {
        return { state: 'half-open', why: breaker.why, trials: 1, succeeded: 0, past, openings };
      }
      if (breaker.state === 'half-open' && breaker.trials === 0 && event.isIdle) return { ...breaker, trials: 1 };
      return breaker;
    case 'probed':
      if (!event.isReachable) return breaker.state === 'half-open' ? open(event.why, breaker) : breaker;
      if (breaker.state !== 'open' || breaker.until === null) return breaker;
      return { state: 'half-open', why: breaker.why, trials: 1, succeeded: 0, past, openings };
    case 'outcome':
      switch (breaker.state) {
        // Of attempts that it was given before.
        case 'open':
          return breaker;
        case 'half-open':
          if (event.failed) return open('a trial attempt failed', breaker);
          if (breaker.succeeded + 1 >= trialsToClose) return { state: 'closed', window: '', past, openings };
          return { ...breaker, trials: 1, succeeded: breaker.succeeded + 1 };
        case 'closed': {
          const noted = note(breaker, event.failed);
          const why = event.failed ? evidenceAgainst(noted) : undefined;
          return why === undefined ? noted : open(why, { past: absorb(noted), openings });
        }
      }
  }
}

/** How many attempts it lets through by now; null for any number. */
export function trialsOf(breaker: Breaker): number | null {
  if (breaker.state === 'closed') return null;
  return breaker.state === 'open' ? 0 : breaker.trials;
}

function note({ window, past, openings, ...rest }: ClosedBreaker, failed: boolean): ClosedBreaker {
  const longer = window + (failed ? 'f' : 's');
  if (longer.length <= windowSize) return { ...rest, window: longer, past, openings };
  const isWell = !failed && openings > 0;
  return {
    ...rest,
    window: longer.slice(1),
    past: fade(past, longer.startsWith('f'), keep),
    openings: isWell ? 0 : openings,
  };
}

/** What speaks against the agent, in words. */
function evidenceAgainst({ window, past }: ClosedBreaker): string | undefined {
  const inARow = window.length - window.lastIndexOf('s') - 1;
  const isRow = inARow >= windowSize || (inARow >= fewestInARow && chanceOfFailures(inARow, inARow, past) < surprising);
  if (isRow) return `${inARow} attempts failed in a row`;
  const failed = window.replaceAll('s', '').length;
  if (window.length < windowSize || failed * 2 < windowSize) return undefined;
  if (chanceOfFailures(failed, windowSize, past) >= surprising) return undefined;
  const before = Math.round((100 * past.failed) / (past.succeeded + past.failed));
  return `${failed} of its last ${windowSize} attempts failed, and of those before ${before} %`;
}

/** An agent that stays worse than it was is not measured for ever by what it was. */
function absorb({ window, past }: ClosedBreaker): Tally {
  return [...window].reduce((tally, letter) => fade(tally, letter === 'f', keep), past);
}

function openMs(times: number, seed: string, { firstOpenMs, longestOpenMs }: BreakerPolicy): number {
  const spread = 1 - jitter + 2 * jitter * createRandom(seed, times)();
  return Math.round(Math.min(longestOpenMs, firstOpenMs * growth ** Math.min(times - 1, 30)) * spread);
}
