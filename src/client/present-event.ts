import type { z } from 'zod';
import { isoTime } from '../contracts/schemas/api/common';
import type { workspaceEvent } from '../contracts/schemas/api/event';
import type { WorkspaceEvent } from '../domain/events/workspace-event';

/** An event as the API and the command line show it. */
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
