import { z } from 'zod';
import { anyObject, id, next, pageOf, time } from './common';

export const planPath = z.object({ plan: id.describe('Name of a plan.') });
export const planVersionPath = planPath.extend({
  version: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hexadecimal')
    .describe('Hash of a plan.'),
});
export const planListQuery = z.object(pageOf(50, 1_000));
export const planList = z.object({
  plans: z.array(
    z.object({
      name: z.string(),
      versions: z.int().describe('How many.'),
      latest: z.object({ hash: z.string(), storedAt: time.describe('When it was used first.') }),
    }),
  ),
  next,
});
export const planVersionQuery = z.object(pageOf(50, 1_000));
export const planVersions = z.object({
  versions: z.array(z.object({ hash: z.string(), storedAt: time.describe('When it was used first.') })),
  next,
});
export const planVersion = z.object({ name: z.string(), hash: z.string(), plan: anyObject });
