import { z } from 'zod';
import { strictObject } from '../plan-fields';

/** A payload as Temporal's remote codecs get and give it: protobuf's JSON, with bytes in base64. */
const payload = z.object({
  metadata: z.record(z.string().max(200), z.base64()).optional(),
  data: z.base64().optional(),
});

export const payloads = z.object({ payloads: z.array(payload) }).meta({ id: 'Payloads' });
export const payloadRequest = strictObject({ payloads: z.array(payload).max(1_000) });
