import { z } from 'zod';
import { strictObject } from './plan-fields';

const frameId = z.string().min(1).max(100);

/** A request in a frame of a socket: the last part of the address of its route, and its body. */
export const requestFrame = strictObject({ id: frameId, verb: z.string().min(1).max(100), body: z.unknown() });

/** Nobody waits any more for the answer to a request. */
export const leaveFrame = strictObject({ leave: frameId });
