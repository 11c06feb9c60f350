import type { FastifyInstance } from 'fastify';
import type { AuditTrail } from '../audit-trail';
import { rules } from '../permissions';
import { isForMachines, operationOf, patternOf, urlOfPattern } from '../route';
import type { AnyRoute } from '../route';
import type { LimitRequests } from './limit-requests';

/**
 * Counts requests by address, before anything else is done for them, those to pages and to nowhere too. Two kinds are not counted: of machines that ask
 * whether the process is up, and of remote agents, of which thousands may live behind one address; these are counted by their tokens.
 */
export function limitAddresses(
  app: FastifyInstance,
  routes: readonly AnyRoute[],
  limits: LimitRequests,
  audit: Pick<AuditTrail, 'refused'>,
): void {
  const uncounted = new Set(
    routes
      .filter((route) => rules[operationOf(route)] === 'work.do' || isForMachines(route))
      .map(({ url }) => patternOf(url)),
  );
  app.addHook('onRequest', (request, reply, done) => {
    const { url } = request.routeOptions;
    if (url !== undefined && uncounted.has(url)) return done();
    try {
      limits.ofAddress(request.ip, reply);
    } catch (error) {
      void audit.refused(request, { method: request.method, url: urlOfPattern(url ?? '*') }, undefined, error);
      return done(error as Error);
    }
    done();
  });
}
