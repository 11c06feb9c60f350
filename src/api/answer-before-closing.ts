import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Closing breaks off what takes longer. */
const patienceMs = 5_000;

/** Closing waits for requests under way, which `letGo` hurries; connections that are only kept open are not waited for. */
export function answerBeforeClosing(app: FastifyInstance, letGo: () => void): void {
  const underWay = new Set<FastifyRequest>();
  let wentQuiet: () => void = () => undefined;
  const isOver = (request: FastifyRequest): void => {
    if (underWay.delete(request) && underWay.size === 0) wentQuiet();
  };
  app.addHook('onRequest', (request, reply, done) => {
    // What becomes a socket is not answered, and closes in a way of its own.
    if (request.ws) return done();
    underWay.add(request);
    // Whoever leaves in the middle of an answer never gets to its end, which is all that onResponse tells of.
    reply.raw.once('close', () => isOver(request));
    done();
  });
  app.addHook('onResponse', (request, _, done) => {
    isOver(request);
    done();
  });
  app.addHook('preClose', (done) => {
    letGo();
    if (underWay.size === 0) return done();
    const timer = setTimeout(() => done(), patienceMs);
    wentQuiet = () => {
      clearTimeout(timer);
      done();
    };
  });
}
