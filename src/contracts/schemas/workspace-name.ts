import { z } from 'zod';

/** How a workspace may be called: it is a part of workflow ids and of settings of PostgreSQL. */
export const workspaceName = z.string().regex(/^[A-Za-z0-9_-]{1,63}$/, 'takes letters, digits, - and _, at most 63');
