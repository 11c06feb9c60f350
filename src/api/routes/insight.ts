import { z } from 'zod';
import type { AgentRegistry } from '../../contracts/ports/agent-registry';
import type { NotedHealthEvent } from '../../contracts/ports/health-store';
import { surenessOf } from '../../contracts/ports/insight-catalog';
import { anyObject, isoTime, periodOf } from '../../contracts/schemas/api/common';
import {
  eventQuery,
  healthEvents,
  healthReport,
  insightQuery,
  insights,
  learningQuery,
  metrics as metricsSchema,
  metricsQuery,
} from '../../contracts/schemas/api/workspace';
import type { AgentKey } from '../../domain/agents/agent';
import { agentId, agentKey } from '../../domain/agents/agent-ref';
import { successRate, trendOf } from '../../domain/metrics/agent-metrics';
import type { Gateway } from '../gateway';
import { PagedList, part } from '../paged-list';
import { defineRoute } from '../route';
import type { AnyRoute } from '../route';

const surestInsights = new PagedList('insights', z.tuple([part.whole, part.text]), surenessOf);
const latestEvents = new PagedList('health-events', z.tuple([part.whole]), ({ nr }: NotedHealthEvent) => [nr]);

/** What outcomes taught, and how everything is. */
export function insightRoutes({ agents, clientOf, health, metrics, now }: Gateway): AnyRoute[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/v1/learnings',
      tag: 'Learning',
      summary:
        'Which agent does such tasks best, how often it succeeds, how long it takes, and what to do and to beware of.',
      query: learningQuery,
      answer: anyObject,
      errors: ['AGENT_NOT_FOUND'],
      handle: async ({
        query: { agent: name, capability, type, complexity, technologies },
        principal: { workspace },
      }) => {
        const agent = await visible(agents, name, workspace);
        const learnings = await clientOf(workspace).learning.query({
          ...(agent && { agent }),
          ...(capability !== undefined && { capability }),
          ...(type !== undefined && { taskType: type }),
          ...(complexity && { complexity }),
          technologies: technologies?.split(',').filter((one) => one !== '') ?? [],
        });
        return { body: { ...learnings } };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/insights',
      tag: 'Learning',
      summary: 'What outcomes show, the surest first.',
      query: insightQuery,
      answer: insights,
      errors: ['AGENT_NOT_FOUND'],
      handle: async ({ query: { agent: name, capability, type, all, ...query }, principal: { workspace } }) => {
        const agent = await visible(agents, name, workspace);
        const filter = {
          ...(agent && { agent: agentId(agent) }),
          ...(capability !== undefined && { capability }),
          ...(type !== undefined && { taskType: type }),
          all,
        };
        const { rows, next } = await surestInsights.page(query, (page) =>
          clientOf(workspace).learning.insights(filter, page),
        );
        return { body: { insights: rows.map((one) => ({ ...one })), next } };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/health',
      tag: 'Health',
      summary: 'How the system is, what is unusual, what is to come, and what to do.',
      answer: healthReport,
      handle: async ({ principal }) => {
        const { at, ...report } = await health.report(principal.workspace);
        return { body: { at: isoTime(at), status: report.status, report } };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/health/events',
      tag: 'Health',
      summary: 'What changed last, the latest first.',
      query: eventQuery,
      answer: healthEvents,
      handle: async ({ query, principal }) => {
        const { rows, next } = await latestEvents.page(query, ({ limit, after }) =>
          health.events(principal.workspace, limit, after),
        );
        return { body: { events: rows.map(({ at, ...event }) => ({ ...event, at: isoTime(at) })), next } };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/metrics',
      tag: 'Health',
      summary: 'What agents did in a period, and how that differs from the one before.',
      query: metricsQuery,
      answer: metricsSchema,
      handle: async ({ query: { agent, ...asked }, principal: { workspace } }) => {
        const { from, to } = periodOf(asked, now());
        const [present, before] = await Promise.all([
          metrics.of(workspace, { from, to }, agent),
          metrics.of(workspace, { from: from - (to - from), to: from }, agent),
        ]);
        const rows = present.map((one) => {
          const earlier = before.find((other) => other.agent === one.agent);
          return { ...one, successRate: successRate(one), trend: trendOf(one, earlier) };
        });
        return { body: { from: isoTime(from), to: isoTime(to), metrics: rows } };
      },
    }),
  ];
}

/** A name that nobody has is an error, not an agent of which nothing is known. */
async function visible(
  agents: Pick<AgentRegistry, 'find'>,
  ref: string | undefined,
  workspace: string,
): Promise<AgentKey | undefined> {
  if (ref === undefined) return undefined;
  const { workspace: owner, name } = await agents.find(workspace, agentKey(ref, workspace));
  return { workspace: owner, name };
}
