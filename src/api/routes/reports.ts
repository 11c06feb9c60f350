import { isoTime, periodOf } from '../../contracts/schemas/api/common';
import { sessionPath } from '../../contracts/schemas/api/session';
import { routingMetrics, routingMetricsQuery, sessionReport } from '../../contracts/schemas/api/report';
import { routingMetricsOf } from '../../domain/metrics/routing-metrics';
import { sessionMetrics } from '../../domain/metrics/session-metrics';
import { taskTimesOf } from '../../domain/metrics/task-times';
import { graphOf } from '../../domain/plan/graph';
import type { Gateway } from '../gateway';
import { defineRoute } from '../route';
import type { AnyRoute } from '../route';

/** Turns and grants that one answer looks at. */
const decisionsLookedAt = 5_000;

/** What sessions came to, and how right routing was. */
export function reportRoutes(gateway: Pick<Gateway, 'clientOf' | 'metrics' | 'routing' | 'now'>): AnyRoute[] {
  const { clientOf, metrics, routing, now } = gateway;
  return [
    defineRoute({
      method: 'GET',
      url: '/v1/sessions/{session}/report',
      tag: 'Sessions',
      summary: 'How much was done at once, what each agent contributed, what held the session up.',
      path: sessionPath,
      answer: sessionReport,
      errors: ['SESSION_NOT_FOUND'],
      handle: async ({ path, principal: { workspace } }) => {
        const session = clientOf(workspace).handle(path.session);
        const overview = await session.overview();
        const { id, status, startedAt } = overview;
        if (startedAt === null) return { body: { session: id, status, report: null } };
        const [runs, { plan }, attempts] = await Promise.all([
          session.runs(),
          session.plan(),
          metrics.ofSession(workspace, id),
        ]);
        const period = { startedAt, endedAt: overview.endedAt ?? now() };
        const report = sessionMetrics(graphOf(plan), taskTimesOf(runs, attempts), attempts, period);
        return { body: { session: id, status, report } };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/metrics/routing',
      tag: 'Health',
      summary: 'How tasks were routed in a period, and how right predictions were.',
      query: routingMetricsQuery,
      answer: routingMetrics,
      handle: async ({ query, principal: { workspace } }) => {
        const { from, to } = periodOf(query, now());
        const found = routingMetricsOf(await routing.decided(workspace, { from, to }, decisionsLookedAt));
        return { body: { from: isoTime(from), to: isoTime(to), ...found } };
      },
    }),
  ];
}
