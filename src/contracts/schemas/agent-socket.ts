import { z } from 'zod';

const frameId = z.string().min(1).max(100);

/**
 * A request in a frame of a socket: the last part of the address of its route, its body, and the header `traceparent` that it would have. What is around
 * the body is like headers: what an agent of a later version says beside these is left out, and a `traceparent` that is none counts for nothing. Of the
 * body, the schema of the route says what it takes.
 */
export const requestFrame = z.object({
  id: frameId,
  verb: z.string().min(1).max(100),
  body: z.unknown(),
  traceparent: z.string().max(100).optional().catch(undefined),
});

/** Nobody waits any more for the answer to a request. */
export const leaveFrame = z.object({ leave: frameId });
