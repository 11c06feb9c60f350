import { presentEvent } from '../../client/present-event';
import type { WorkspaceEvent } from '../../domain/events/workspace-event';

/** A server-sent event. Its JSON has no line breaks, which would end a `data` field. */
export function frameOf(event: WorkspaceEvent): string {
  return `id: ${event.nr}\nevent: ${event.type}\ndata: ${JSON.stringify(presentEvent(event))}\n\n`;
}

/** The first one: where a client stands that has seen nothing yet. */
export function readyFrame(cursor: number): string {
  return `retry: 1000\nid: ${cursor}\nevent: ready\ndata: {"id":"${cursor}"}\n\n`;
}

/** Shows that the connection lives. The id is taken over by clients, though nothing is dispatched: they need not begin far back. */
export function heartbeatFrame(cursor: number): string {
  return `: heartbeat\nid: ${cursor}\n\n`;
}

export type ResumeReason = 'slow' | 'old' | 'closing' | 'failed' | 'forbidden';

/** The last one: the stream ends here, and goes on behind the cursor for who connects again. */
export function resumeFrame(cursor: number, reason: ResumeReason): string {
  return `id: ${cursor}\nevent: resume\ndata: ${JSON.stringify({ id: String(cursor), reason })}\n\n`;
}
