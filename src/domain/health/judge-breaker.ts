import type { AgentEvent } from './agent-event';
import { step, trialsOf } from './circuit-breaker';
import type { Breaker, BreakerPolicy } from './circuit-breaker';

/** What has come to light of an agent since its breaker was looked at. */
export interface BreakerNews {
  /** Outcomes, oldest first, a letter each: `s` or `f`. */
  evidence: string;
  /** Where trials are counted: how many are left. */
  trials: number | null;
  /** Attempts in flight. */
  running: number;
}

export interface JudgedBreaker {
  breaker: Breaker;
  /** What it lets through from here on; null for all that there is room for. */
  trials: number | null;
  /** When it has to be looked at again, if nothing happens before; null for never. */
  dueAt: number | null;
  events: AgentEvent[];
}

/** Trials that come to nothing (cancelled, rate-limited, never begun) are noticed after so long. */
const idleLookMs = 5_000;

export function judgeBreaker(
  before: Breaker,
  { evidence, trials, running }: BreakerNews,
  { now, seed, policy }: { now: number; seed: string; policy: BreakerPolicy },
): JudgedBreaker {
  const events: AgentEvent[] = [];
  let breaker: Breaker = before.state === 'half-open' ? { ...before, trials: trials ?? before.trials } : before;
  const take = (event: Parameters<typeof step>[1]): void => {
    const next = step(breaker, event, { now, seed, policy });
    if (next.state !== breaker.state) events.push(breakerEvent(next));
    breaker = next;
  };
  for (const letter of evidence) take({ type: 'outcome', failed: letter === 'f' });
  take({ type: 'time-passed', isIdle: running === 0 && evidence === '' });
  return { breaker, trials: trialsOf(breaker), dueAt: dueAt(breaker, now), events };
}

export function breakerEvent(breaker: Breaker): AgentEvent {
  switch (breaker.state) {
    case 'open':
      return breaker.until === null
        ? { kind: 'quarantined', why: breaker.why }
        : { kind: 'breaker-opened', why: `${breaker.why}; it half-opens at ${new Date(breaker.until).toISOString()}` };
    case 'half-open':
      return { kind: 'breaker-half-opened', why: 'one attempt at a time is let through to try it' };
    case 'closed':
      return { kind: 'breaker-closed', why: 'its trial attempts succeeded' };
  }
}

function dueAt(breaker: Breaker, now: number): number | null {
  if (breaker.state === 'open') return breaker.until;
  return breaker.state === 'half-open' ? now + idleLookMs : null;
}
