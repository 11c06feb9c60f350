import type { FastifyInstance } from 'fastify';

/** Whether the process is up; it says nothing of the servers behind it. */
export function addHealthRoute(app: FastifyInstance): void {
  app.get('/healthz', () => ({ status: 'ok' }));
}
