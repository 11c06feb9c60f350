import { z } from 'zod';
import { OrchestraError } from '../../domain/errors';
import type { Gateway } from '../gateway';
import { defineRoute } from '../route';
import type { AnyRoute } from '../route';

const tag = 'Process';

/** For those who start and stop processes, and send them requests. */
export function processRoutes({ missingServers }: Pick<Gateway, 'missingServers'>): AnyRoute[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/healthz',
      tag,
      summary: 'Whether the process is up; it says nothing of the servers behind it.',
      answer: z.object({ status: z.literal('ok') }),
      handle: () => ({ body: { status: 'ok' as const } }),
    }),
    defineRoute({
      method: 'GET',
      url: '/readyz',
      tag,
      summary: 'Whether requests can be answered: PostgreSQL and Temporal can be reached.',
      answer: z.object({ status: z.literal('ready') }),
      handle: async () => {
        const missing = await missingServers();
        if (missing.length === 0) return { body: { status: 'ready' as const } };
        throw new OrchestraError('SERVER_UNAVAILABLE', `${missing.join(' and ')} cannot be reached.`);
      },
    }),
  ];
}
