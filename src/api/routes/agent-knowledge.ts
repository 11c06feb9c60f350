import { z } from 'zod';
import type { HostOverview } from '../../contracts/ports/host-store';
import {
  agentInsights,
  agentPath,
  forgottenMemories,
  memory,
  memoryList,
  memoryPath,
  memoryQuery,
  newMemory,
} from '../../contracts/schemas/api/agent';
import { isoTime, pageQuery } from '../../contracts/schemas/api/common';
import { hostPath, hosts as hostList } from '../../contracts/schemas/api/workspace';
import { agentId, agentKey } from '../../domain/agents/agent-ref';
import { recommendationsOf } from '../../domain/agents/recommendations';
import { OrchestraError } from '../../domain/errors';
import type { Memory } from '../../domain/memory/memory';
import type { Gateway } from '../gateway';
import { PagedList, part } from '../paged-list';
import { presentAgent } from '../present/agent';
import { defineRoute } from '../route';
import type { AnyRoute } from '../route';

const tag = 'Agents';
const newestMemories = new PagedList('memories', z.tuple([part.time, part.text]), ({ createdAt, id }: Memory) => [
  createdAt,
  id,
]);
const hostsByName = new PagedList('hosts', z.tuple([part.text]), ({ name }: HostOverview) => [name]);
const eventsShown = 20;
const memoriesShown = 100;

/** What is known of agents and what they remember, for the workspace; and where agents live. */
export function agentKnowledgeRoutes(gateway: Gateway): AnyRoute[] {
  const { agents, behaviours, breakers, relationships, hosts, clientOf, optimisationOf } = gateway;
  return [
    defineRoute({
      method: 'GET',
      url: '/v1/agents/{agent}/insights',
      tag,
      summary:
        'What is known of an agent: how it does and gets on, whom it works with, what outcomes show, what it remembers, and what could be done.',
      path: agentPath,
      answer: agentInsights,
      errors: ['AGENT_NOT_FOUND'],
      handle: async ({ path, principal: { workspace } }) => {
        const agent = await agents.find(workspace, agentKey(path.agent, workspace));
        const { workspace: owner, name } = agent;
        const key = { workspace: owner, name };
        const { record, capabilities } = presentAgent(agent);
        const { learning, memories } = clientOf(workspace);
        const [expected, unusual, proposals, related, steps, events, insights, remembered] = await Promise.all([
          learning.expected(key),
          owner === workspace ? behaviours.unusual(key) : [],
          optimisationOf(workspace).ofAgent(key),
          relationships.of(workspace, key),
          learning.steps(key),
          // What became of an agent elsewhere is for its own workspace.
          owner === workspace ? breakers.events(key, eventsShown) : [],
          learning.insights({ agent: agentId(key), all: false }),
          memories.list(path.agent, memoriesShown),
        ]);
        return {
          body: {
            performance: {
              record,
              expected: expected.map((one) => ({ ...one })),
              unusual: unusual.map(({ since, why }) => ({ since: isoTime(since), why })),
            },
            capabilities,
            relationships: { ...related },
            proficiencySteps: steps.map(({ at, ...step }) => ({ ...step, at: isoTime(at) })),
            events: events.map(({ at, ...event }) => ({ ...event, at: isoTime(at) })),
            insights: insights.map((one) => ({ ...one })),
            memories: remembered.map(presentMemory),
            recommendations: recommendationsOf(proposals, insights),
          },
        };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/agents/{agent}/memories',
      tag,
      summary: 'What an agent remembers of its work for the workspace: newest first, or what fits a search best.',
      path: agentPath,
      query: memoryQuery,
      answer: memoryList,
      errors: ['AGENT_NOT_FOUND'],
      handle: async ({ path, query: { query, ...paging }, principal: { workspace } }) => {
        await agents.find(workspace, agentKey(path.agent, workspace));
        const { memories } = clientOf(workspace);
        if (query === undefined) {
          const { rows, next } = await newestMemories.page(paging, ({ limit, after }) =>
            memories.list(path.agent, limit, after),
          );
          return { body: { memories: rows.map(presentMemory), next } };
        }
        if (paging.cursor !== undefined) {
          throw new OrchestraError('USAGE', 'What fits a search best is one page: leave the cursor out, or the query.');
        }
        const found = await memories.search(path.agent, query, paging.limit);
        return { body: { memories: found.memories.map(presentMemory), next: null } };
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/v1/agents/{agent}/memories',
      tag,
      summary: 'Have an agent remember something.',
      path: agentPath,
      body: newMemory,
      answer: memory,
      statuses: [201],
      errors: ['AGENT_NOT_FOUND', 'MEMORY_INVALID'],
      handle: async ({ path, body, principal: { workspace }, seed }) => ({
        body: presentMemory(await clientOf(workspace).memories.add(path.agent, body, seed)),
      }),
    }),
    defineRoute({
      method: 'DELETE',
      url: '/v1/agents/{agent}/memories/{memory}',
      tag,
      summary: 'Have an agent forget something.',
      path: memoryPath,
      answer: z.null(),
      statuses: [204],
      errors: ['AGENT_NOT_FOUND', 'MEMORY_NOT_FOUND'],
      handle: async ({ path, principal: { workspace } }) => {
        await clientOf(workspace).memories.forget(path.agent, [path.memory]);
        return { body: null };
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/v1/agents/{agent}/memories',
      tag,
      summary: 'Have an agent forget everything that it remembers of its work for the workspace.',
      path: agentPath,
      answer: forgottenMemories,
      errors: ['AGENT_NOT_FOUND'],
      handle: async ({ path, principal: { workspace } }) => {
        await agents.find(workspace, agentKey(path.agent, workspace));
        return { body: { forgotten: await clientOf(workspace).memories.forgetAll(path.agent) } };
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/v1/hosts/{host}',
      tag: 'Hosts',
      summary: 'Take a host that is gone out of the registry, with its agents.',
      path: hostPath,
      answer: z.null(),
      statuses: [204],
      errors: ['HOST_NOT_FOUND', 'COMMAND_REFUSED'],
      handle: async ({ path, principal: { workspace } }) => {
        await hosts.remove({ workspace, name: path.host });
        return { body: null };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/hosts',
      tag: 'Hosts',
      summary: 'List the processes that agents live on.',
      query: pageQuery,
      answer: hostList,
      handle: async ({ query, principal: { workspace } }) => {
        const { rows, next } = await hostsByName.page(query, (page) => hosts.list(workspace, page));
        return {
          body: {
            hosts: rows.map(({ name, status, agents: living, running, maxConcurrent, startedAt, seenAt }) => ({
              name,
              status,
              agents: living,
              running,
              maxConcurrent,
              startedAt: isoTime(startedAt),
              seenAt: isoTime(seenAt),
            })),
            next,
          },
        };
      },
    }),
  ];
}

function presentMemory({ id, kind, text, createdAt, recalled, recalledAt }: Memory): z.input<typeof memory> {
  return { id, kind, text, createdAt: isoTime(createdAt), recalled, recalledAt: isoTime(recalledAt) };
}
