import { z } from 'zod';
import type { AgentOverview } from '../../contracts/ports/agent-registry';
import { agentDefinitionSchema } from '../../contracts/schemas/agent-definition';
import {
  agentPage,
  agentPath,
  agentQuery,
  agentState,
  agentWithDefinition,
  ownAgentPath,
  quarantineRequest,
} from '../../contracts/schemas/api/agent';
import { emptyRequest } from '../../contracts/schemas/api/session';
import { agentKey } from '../../domain/agents/agent-ref';
import { agentStatus } from '../../domain/agents/status';
import type { AgentKey } from '../../domain/agents/agent';
import type { Gateway } from '../gateway';
import { PagedList, part } from '../paged-list';
import { agentUrl, presentAgent, presentWhole } from '../present/agent';
import { RequestFault } from '../request-fault';
import { defineRoute } from '../route';
import type { AnyRoute } from '../route';

const tag = 'Agents';
const list = new PagedList('agents', z.tuple([part.text, part.text]), ({ workspace, name }: AgentOverview) => [
  workspace,
  name,
]);

/** The registry. Everybody sees the shared agents of other workspaces; only those of the own one can be changed. */
export function agentRoutes({ agents, breakers }: Gateway): AnyRoute[] {
  const command = <Body extends z.ZodType>(
    verb: string,
    summary: string,
    body: Body,
    change: (agent: AgentKey, body: z.output<Body>, by: string, seed: string | undefined) => Promise<void>,
  ): AnyRoute =>
    defineRoute({
      method: 'POST',
      url: `/v1/agents/{agent}/${verb}`,
      tag,
      summary,
      path: ownAgentPath,
      body,
      answer: agentState,
      errors: ['AGENT_NOT_FOUND'],
      handle: async ({ path: { agent: name }, body: said, principal: { workspace, subject }, seed }) => {
        await change({ workspace, name }, said, subject, seed);
        return { body: { name, status: agentStatus(await agents.find(workspace, { workspace, name })) } };
      },
    });
  return [
    defineRoute({
      method: 'GET',
      url: '/v1/agents',
      tag,
      summary: 'List and search agents, by name.',
      query: agentQuery,
      answer: agentPage,
      handle: async ({ query: { query, capability, technology, tag: label, type, ...paging }, principal }) => {
        const { rows, next } = await list.page(paging, ({ limit, after }) =>
          agents.list(principal.workspace, {
            limit,
            ...(query !== undefined && { query }),
            ...(capability !== undefined && { capability }),
            ...(technology !== undefined && { technology }),
            ...(label !== undefined && { tag: label }),
            ...(type !== undefined && { type }),
            ...(after && { after: { workspace: after[0], name: after[1] } }),
          }),
        );
        return { body: { agents: rows.map(presentAgent), next } };
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/v1/agents',
      tag,
      summary: 'Register an agent.',
      body: agentDefinitionSchema,
      answer: agentWithDefinition,
      statuses: [201],
      errors: ['AGENT_EXISTS', 'AGENT_INVALID'],
      handle: async ({ body, principal: { workspace }, seed }) => {
        await agents.add(workspace, [body], seed);
        const added = await agents.find(workspace, { workspace, name: body.name });
        return { body: presentWhole(added, workspace), location: agentUrl(body.name) };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/agents/{agent}',
      tag,
      summary: 'Show an agent.',
      path: agentPath,
      answer: agentWithDefinition,
      errors: ['AGENT_NOT_FOUND'],
      handle: async ({ path, principal: { workspace } }) => ({
        body: presentWhole(await agents.find(workspace, agentKey(path.agent, workspace)), workspace),
      }),
    }),
    defineRoute({
      method: 'PUT',
      url: '/v1/agents/{agent}',
      tag,
      summary: 'Put a definition in the place of that of an agent.',
      path: ownAgentPath,
      body: agentDefinitionSchema,
      answer: agentWithDefinition,
      errors: ['AGENT_NOT_FOUND', 'AGENT_INVALID', 'PRECONDITION_FAILED'],
      handle: async ({ path: { agent: name }, body, principal: { workspace }, ifMatch }) => {
        if (body.name !== name) {
          const fault = { pointer: '/name', detail: `must be "${name}": agents keep their names` };
          throw new RequestFault('AGENT_INVALID', `The definition is of "${body.name}", not of "${name}".`, [fault]);
        }
        await agents.replace(workspace, [body], ifMatch);
        return { body: presentWhole(await agents.find(workspace, { workspace, name }), workspace) };
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/v1/agents/{agent}',
      tag,
      summary: 'Unregister an agent that has nothing in flight, with its secrets and its record.',
      path: ownAgentPath,
      answer: z.null(),
      statuses: [204],
      errors: ['AGENT_NOT_FOUND', 'COMMAND_REFUSED', 'PRECONDITION_FAILED'],
      handle: async ({ path: { agent: name }, principal: { workspace }, ifMatch }) => {
        await agents.remove({ workspace, name }, ifMatch);
        return { body: null };
      },
    }),
    command('drain', 'Give an agent no new work.', emptyRequest, (agent, _, by, seed) =>
      agents.setDraining(agent, true, { by, ...(seed !== undefined && { seed }) }),
    ),
    command('undrain', 'Give an agent work again.', emptyRequest, (agent, _, by, seed) =>
      agents.setDraining(agent, false, { by, ...(seed !== undefined && { seed }) }),
    ),
    command('quarantine', 'Give an agent no work until it is reset.', quarantineRequest, (agent, { why }, by, seed) =>
      breakers.quarantine(agent, why, by, seed),
    ),
    command('reset', 'Close the circuit breaker of an agent.', emptyRequest, (agent, _, by, seed) =>
      breakers.reset(agent, by, seed),
    ),
  ];
}
