import { z } from 'zod';
import { errorTable } from '../../domain/errors';
import type { ErrorCode } from '../../domain/errors';

/** RFC 9457. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(Object.keys(errorTable) as [ErrorCode]),
    detail: z.string().describe('What is wrong, where, and what to do next.'),
    retryable: z.boolean().describe('Whether the same request can succeed later.'),
    requestId: z.string().describe('Names the request in the log of the API.'),
    errors: z
      .array(
        z.object({
          pointer: z.string().describe('JSON Pointer into the body, or into the part that `in` names.'),
          in: z.enum(['query', 'path', 'header']).optional(),
          detail: z.string(),
        }),
      )
      .optional(),
  })
  .meta({ id: 'Problem' });
