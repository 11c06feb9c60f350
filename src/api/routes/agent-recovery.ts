import { z } from 'zod';
import type { NotedAgentEvent } from '../../contracts/ports/agent-breakers';
import type { RecoveryState } from '../../contracts/ports/agent-recoveries';
import { ownAgentPath } from '../../contracts/schemas/api/agent';
import {
  agentEventQuery,
  agentEvents,
  newRecovery,
  recovery as recoverySchema,
  recoveryOptions as optionList,
  recoveryPath,
} from '../../contracts/schemas/api/agent-access';
import { isoTime } from '../../contracts/schemas/api/common';
import { causes } from '../../domain/health/agent-event';
import { recoveryNotFound } from '../../domain/health/recovery-errors';
import { recoveryOptions } from '../../domain/health/recovery';
import type { Gateway } from '../gateway';
import { PagedList, part } from '../paged-list';
import { agentUrl } from '../present/agent';
import { defineRoute } from '../route';
import type { AnyRoute } from '../route';

const tag = 'Agents';
const latestEvents = new PagedList('agent-events', z.tuple([part.whole]), ({ nr }: NotedAgentEvent) => [nr]);

/** What became of an agent, what can be done about it, and having it done. */
export function agentRecoveryRoutes({ agents, breakers, recoveries, clientOf }: Gateway): AnyRoute[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/v1/agents/{agent}/events',
      tag,
      summary: 'What became of an agent, the latest first, by whom and why.',
      path: ownAgentPath,
      query: agentEventQuery,
      answer: agentEvents,
      errors: ['AGENT_NOT_FOUND'],
      handle: async ({ path, query, principal: { workspace } }) => {
        const key = { workspace, name: path.agent };
        await agents.find(workspace, key);
        const { rows, next } = await latestEvents.page(query, ({ limit, after }) => breakers.events(key, limit, after));
        const events = rows.map(({ nr, at, kind, by, why }) => ({
          nr,
          at: isoTime(at),
          kind,
          by: by ?? causes[kind],
          why,
        }));
        return { body: { events, next } };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/agents/{agent}/recoveries',
      tag,
      summary: 'What can be done about an agent that is not well, and what is done by itself.',
      path: ownAgentPath,
      answer: optionList,
      errors: ['AGENT_NOT_FOUND'],
      handle: async ({ path, principal: { workspace } }) => {
        const agent = await agents.find(workspace, { workspace, name: path.agent });
        const { 'recovery.automatic': automatic = 'probe' } = await clientOf(workspace).settings.get();
        const actions = recoveryOptions(agent).map((option) => ({
          ...option,
          automatic: option.isPossible && automatic.split(',').includes(option.action),
        }));
        return { body: { actions } };
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/v1/agents/{agent}/recoveries',
      tag,
      summary: 'Do something about an agent: 202 of what a worker does where the agent is, with where its end is told.',
      path: ownAgentPath,
      body: newRecovery,
      answer: recoverySchema,
      statuses: [202, 200],
      errors: ['AGENT_NOT_FOUND', 'COMMAND_REFUSED'],
      handle: async ({ path, body: { action, why }, principal: { workspace, subject: by }, seed }) => {
        const key = { workspace, name: path.agent };
        const asked = { by, why: why ?? null, ...(seed !== undefined && { seed }) };
        const atOnce = (detail: string) => ({
          body: { id: null, action, status: 'succeeded' as const, detail, links: linksOf(path.agent) },
          status: 200,
        });
        switch (action) {
          case 'drain':
            await agents.setDraining(key, true, {
              by,
              ...(why !== undefined && { why }),
              ...(seed !== undefined && { seed }),
            });
            return atOnce('it takes no new work');
          case 'quarantine':
            await breakers.quarantine(key, why ?? 'nobody said why', by, seed);
            return atOnce('it gets no work until it is reset');
          case 'alert':
            return atOnce((await recoveries.alert(key, asked)).detail);
          case 'probe':
          case 'restart': {
            const id = await recoveries.request(key, action, asked);
            const body = present(path.agent, id, { action, end: null });
            return { body, location: recoveryUrl(path.agent, id) };
          }
        }
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/agents/{agent}/recoveries/{recovery}',
      tag,
      summary: 'Whether it was done, and what it came to.',
      path: recoveryPath,
      answer: recoverySchema,
      errors: ['RECOVERY_NOT_FOUND'],
      handle: async ({ path: { agent, recovery }, principal: { workspace } }) => {
        const state = await recoveries.stateOf({ workspace, name: agent }, recovery);
        if (!state) throw recoveryNotFound(agent, recovery);
        return { body: present(agent, recovery, state) };
      },
    }),
  ];
}

function present(agent: string, id: string, { action, end }: RecoveryState): z.input<typeof recoverySchema> {
  const status = end === null ? 'open' : end.succeeded ? 'succeeded' : 'failed';
  return {
    id,
    action,
    status,
    detail: end?.detail ?? null,
    links: { self: recoveryUrl(agent, id), ...linksOf(agent) },
  };
}

function linksOf(agent: string): Record<string, string> {
  return { agent: agentUrl(agent), events: `${agentUrl(agent)}/events` };
}

function recoveryUrl(agent: string, id: string): string {
  return `${agentUrl(agent)}/recoveries/${id}`;
}
