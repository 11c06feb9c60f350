/** What became of an agent, or was noticed of it. */
export const AgentEventKind = {
  online: 'online',
  offline: 'offline',
  draining: 'draining',
  undrained: 'undrained',
  breakerOpened: 'breaker-opened',
  breakerHalfOpened: 'breaker-half-opened',
  breakerClosed: 'breaker-closed',
  quarantined: 'quarantined',
  reset: 'reset',
  unreachable: 'unreachable',
  reachable: 'reachable',
  probed: 'probed',
  restarted: 'restarted',
  restartFailed: 'restart-failed',
  alerted: 'alerted',
  unusual: 'unusual',
  usual: 'usual',
} as const;

export type AgentEventKind = (typeof AgentEventKind)[keyof typeof AgentEventKind];

export interface AgentEvent {
  kind: AgentEventKind;
  /** For people; null where the kind says all. */
  why: string | null;
  /** Who did it, where somebody did. */
  by?: string | null;
}

const breaker = 'its circuit breaker';
const worker = 'health worker';
const presence = 'its presence';
const somebody = 'somebody';

/** What notes events of the kind where nobody is named. */
export const causes: Readonly<Record<AgentEventKind, string>> = {
  online: presence,
  offline: presence,
  draining: somebody,
  undrained: somebody,
  'breaker-opened': breaker,
  'breaker-half-opened': breaker,
  'breaker-closed': breaker,
  quarantined: somebody,
  reset: somebody,
  unreachable: 'a probe',
  reachable: 'a probe',
  probed: somebody,
  restarted: somebody,
  'restart-failed': somebody,
  alerted: somebody,
  unusual: worker,
  usual: worker,
};
