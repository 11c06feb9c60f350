import type { FastifyInstance } from 'fastify';

/** Closing breaks off what takes longer. */
const patienceMs = 5_000;

/** Closing waits for requests under way, which `letGo` hurries; connections that are only kept open are not waited for. */
export function answerBeforeClosing(app: FastifyInstance, letGo: () => void): void {
  let underWay = 0;
  let wentQuiet: () => void = () => undefined;
  app.addHook('onRequest', (request, _, done) => {
    // What becomes a socket is not answered, and closes in a way of its own.
    if (!request.ws) underWay += 1;
    done();
  });
  app.addHook('onResponse', (request, _, done) => {
    if (request.ws) return done();
    underWay -= 1;
    if (underWay === 0) wentQuiet();
    done();
  });
  app.addHook('preClose', (done) => {
    letGo();
    if (underWay === 0) return done();
    const timer = setTimeout(() => done(), patienceMs);
    wentQuiet = () => {
      clearTimeout(timer);
      done();
    };
  });
}
