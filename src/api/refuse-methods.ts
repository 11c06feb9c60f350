import type { FastifyInstance } from 'fastify';
import { OrchestraError } from '../domain/errors';
import { patternOf } from './route';
import type { AnyRoute } from './route';

/** OPTIONS is asked by pages of other origins, and answered elsewhere where they may come. */
const known = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'QUERY'];

/** Says of paths that are there which methods they have, to whoever comes with another. */
export function refuseMethods(app: FastifyInstance, routes: readonly AnyRoute[]): void {
  if (!app.supportedMethods.includes('QUERY')) app.addHttpMethod('QUERY');
  const byUrl = new Map<string, string[]>();
  for (const { url, method } of routes) byUrl.set(url, [...(byUrl.get(url) ?? []), method]);
  for (const [url, methods] of byUrl) {
    const allow = methods.join(', ');
    app.route({
      method: known.filter((method) => !methods.includes(method)),
      url: patternOf(url),
      // Before the body is read.
      onRequest: (request, reply, done) => {
        void reply.header('allow', allow);
        const detail = `There is no ${request.method} at ${request.url.split('?', 1)[0]}, only ${allow}.`;
        done(new OrchestraError('METHOD_NOT_ALLOWED', detail));
      },
      handler: () => undefined,
    });
  }
}
