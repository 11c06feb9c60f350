import { AgentEventKind } from '../health/agent-event';
import type { HealthEvent } from '../health/report';
import type { Fact, SessionEvent } from '../session/events';

/** All that the log of a session can say: facts, and what it was told that came to none. A type that is new there has to be named here. */
const sessionTypes: Readonly<Record<Fact['type'] | SessionEvent['type'], true>> = {
  'session-started': true,
  'session-paused': true,
  'session-resumed': true,
  'session-stopping': true,
  'session-reopened': true,
  'session-ended': true,
  'plan-edited': true,
  'task-queued': true,
  'task-stopping': true,
  'task-waiting': true,
  'task-expanded': true,
  'task-succeeded': true,
  'task-failed': true,
  'task-skipped': true,
  'task-cancelled': true,
  'task-reset': true,
  'attempt-started': true,
  'attempt-stopping': true,
  'attempt-ended': true,
  'attempt-lost': true,
  'attempt-unstarted': true,
  'race-started': true,
  'race-won': true,
  'conflict-resolved': true,
  'pause-requested': true,
  'resume-requested': true,
  'cancel-requested': true,
  'task-cancel-requested': true,
  'retry-requested': true,
  'edit-requested': true,
  'resolve-requested': true,
  'agent-granted': true,
  'turn-came': true,
  'time-passed': true,
};

const healthTypes: Readonly<Record<HealthEvent['type'], true>> = {
  'status-changed': true,
  'finding-changed': true,
  'anomaly-opened': true,
  'anomaly-closed': true,
  'alert-raised': true,
  'alert-cleared': true,
};

/** Types of events that can be streamed. */
export const eventTypes: readonly string[] = [
  ...Object.keys(sessionTypes),
  'agent-registered',
  'agent-updated',
  'agent-removed',
  ...Object.values(AgentEventKind).map((kind) => `agent-${kind}`),
  ...Object.keys(healthTypes).map((type) => (type.startsWith('alert-') ? type : `health-${type}`)),
];

/** The types that a name or a pattern such as `task-*` means; none where there are no such. */
export function typesOf(pattern: string): readonly string[] {
  return pattern.endsWith('*')
    ? eventTypes.filter((type) => type.startsWith(pattern.slice(0, -1)))
    : eventTypes.filter((type) => type === pattern);
}
