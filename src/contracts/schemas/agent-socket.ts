import { z } from 'zod';
import { strictObject } from './plan-fields';

const frameId = z.string().min(1).max(100);

/** A request in a frame of a socket: the last part of the address of its route, its body, and the header `traceparent` that it would have. */
export const requestFrame = strictObject({
  id: frameId,
  verb: z.string().min(1).max(100),
  body: z.unknown(),
  traceparent: z.string().max(100).optional(),
});

/** Nobody waits any more for the answer to a request. */
export const leaveFrame = strictObject({ leave: frameId });
