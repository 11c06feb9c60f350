import { z } from 'zod';

/** Attempts are numbered from 1, as far as PostgreSQL counts them. */
export const attemptNumber = z
  .int()
  .min(1)
  .max(2 ** 31 - 1);
