import type { FastifyInstance } from 'fastify';

/** Lets pages of these origins, where the Temporal Web UI is served, ask for payloads. Others, and all other paths, stay closed to browsers. */
export function allowWebUi(app: FastifyInstance, origins: readonly string[]): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { origin } = request.headers;
    if (request.url.startsWith('/codec/') && origin !== undefined && origins.includes(origin)) {
      void reply.header('access-control-allow-origin', origin).header('vary', 'origin');
    }
    done();
  });
  if (origins.length === 0) return;
  app.options('/codec/:operation', (request, reply) => {
    const { origin = '' } = request.headers;
    if (!origins.includes(origin)) return reply.code(403).send();
    return reply
      .header('access-control-allow-methods', 'POST')
      .header('access-control-allow-headers', 'authorization, content-type, x-namespace')
      .header('access-control-max-age', '600')
      .code(204)
      .send();
  });
}
