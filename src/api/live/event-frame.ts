import type { z } from 'zod';
import { isoTime } from '../../contracts/schemas/api/common';
import type { workspaceEvent } from '../../contracts/schemas/api/event';
import type { WorkspaceEvent } from '../../domain/events/workspace-event';

/** As the API shows it. */
export function presentEvent(event: WorkspaceEvent): z.input<typeof workspaceEvent> {
  const { nr, type, at, session, seq, run: task, attempt, agent, data } = event;
  return {
    id: String(nr),
    type,
    at: isoTime(at),
    ...(session !== null && { session }),
    ...(seq !== null && { seq }),
    ...(task !== null && { task }),
    ...(attempt !== null && { attempt }),
    ...(agent !== null && { agent }),
    data,
  };
}

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

export type ResumeReason = 'slow' | 'closing' | 'failed' | 'forbidden';

/** The last one: the stream ends here, and goes on behind the cursor for who connects again. */
export function resumeFrame(cursor: number, reason: ResumeReason): string {
  return `id: ${cursor}\nevent: resume\ndata: ${JSON.stringify({ id: String(cursor), reason })}\n\n`;
}
