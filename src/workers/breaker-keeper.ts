import type { AgentBreakers } from '../contracts/ports/agent-breakers';
import type { BreakerPolicy } from '../domain/health/circuit-breaker';
import { lookWhenWoken } from './look-when-woken';
import type { WokenLook } from './look-when-woken';

export interface BreakerKeeperDependencies {
  breakers: Pick<AgentBreakers, 'judge'>;
  policy: BreakerPolicy;
  onError(error: unknown): void;
}

/** Breakers that one look judges. */
const perLook = 200;
/** After somebody else had some of them at hand. */
const againMs = 20;

/**
 * Opens, half-opens and closes the circuit breakers of agents, woken when attempts failed, and when the time of one is over. `recheckMs`: it looks by itself
 * after so long, in case that it was not told.
 */
export function startBreakerKeeper(
  { breakers, policy, onError }: BreakerKeeperDependencies,
  { recheckMs }: { recheckMs: number },
): WokenLook {
  return lookWhenWoken(async () => {
    const { again, nextInMs } = await breakers.judge(policy, perLook);
    return again ? againMs : Math.min(recheckMs, nextInMs);
  }, onError);
}
