import type { AgentDefinition } from '../agents/agent';
import { isRemoteConnector } from '../agents/agent';
import { probeOf } from '../agents/agent-programs';

/** What can be done about an agent that is not well. */
export const recoveryActions = ['probe', 'restart', 'drain', 'quarantine', 'alert'] as const;
export type RecoveryAction = (typeof recoveryActions)[number];

/** Those that are done where the agent is, by a worker. */
export type RemoteAction = 'probe' | 'restart';

/** Those that are done a few times an hour at most. */
export type BoundedAction = 'restart' | 'alert';

export interface RecoveryOption {
  action: RecoveryAction;
  /** What is done, or why it cannot be: in words. */
  says: string;
  isPossible: boolean;
}

export function recoveryOptions(definition: AgentDefinition): RecoveryOption[] {
  const { connector, restart } = definition;
  const probe = probeOf(definition);
  const option = (action: RecoveryAction, isPossible: boolean, says: string): RecoveryOption => ({
    action,
    says,
    isPossible,
  });
  const address = connector.connector === 'http' || connector.connector === 'a2a' ? connector.url : undefined;
  return [
    probe
      ? option('probe', true, `runs ${probe.command.join(' ')}`)
      : address !== undefined
        ? option('probe', true, `asks ${address} without giving it work`)
        : option('probe', false, cannotProbe(connector.connector)),
    restart
      ? option('restart', true, `runs ${restart.command.join(' ')}, at most ${timesAnHour} times an hour`)
      : option('restart', false, 'its definition has no `restart`'),
    option('drain', true, 'gives it no new work'),
    option('quarantine', true, 'gives it no new work and marks it as in error, until it is reset'),
    option('alert', true, `tells the receivers of alerts, at most ${timesAnHour} times an hour`),
  ];
}

function cannotProbe(connector: string): string {
  return isRemoteConnector(connector)
    ? 'it comes for its work: whether it does is known'
    : 'its definition has no `probe`';
}

export const timesAnHour = 3;
const hourMs = 3_600_000;
/** After the first time in an hour; twice as long after each further one. */
const firstPauseMs = 60_000;

/**
 * When the agent may be restarted, or told of, again, in milliseconds since 1970; `now` where it may be at once.
 *
 * @param times when it was, in any order
 */
export function nextTimeAt(times: readonly number[], now: number): number {
  const lately = times.filter((at) => at > now - hourMs).toSorted((left, right) => left - right);
  const [oldest] = lately.slice(-timesAnHour);
  const latest = lately.at(-1);
  if (oldest === undefined || latest === undefined) return now;
  const paused = latest + firstPauseMs * 2 ** (lately.length - 1);
  return Math.max(now, paused, lately.length >= timesAnHour ? oldest + hourMs : now);
}
