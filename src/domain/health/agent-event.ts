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
  unusual: 'unusual',
  usual: 'usual',
} as const;

export type AgentEventKind = (typeof AgentEventKind)[keyof typeof AgentEventKind];

export interface AgentEvent {
  kind: AgentEventKind;
  /** For people; null where the kind says all. */
  why: string | null;
}
