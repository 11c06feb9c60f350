import { z } from 'zod';
import type { SecretName } from '../../contracts/ports/agent-secrets';
import type { AgentTokenOverview } from '../../contracts/ports/agent-tokens';
import { ownAgentPath } from '../../contracts/schemas/api/agent';
import {
  agentSecretPage,
  agentSecretPath,
  agentSecrets as secretList,
  agentTokenPage,
  agentTokenPath,
  agentTokens as tokenList,
  madeAgentToken,
  newAgentToken,
  rotatedSecrets,
  secretValue,
} from '../../contracts/schemas/api/agent-access';
import { isoTime, pageQuery } from '../../contracts/schemas/api/common';
import { emptyRequest } from '../../contracts/schemas/api/session';
import { tokenNotFound } from '../../domain/access/workspace-errors';
import type { AgentKey } from '../../domain/agents/agent';
import type { Gateway } from '../gateway';
import { PagedList, part } from '../paged-list';
import { agentUrl } from '../present/agent';
import { defineRoute } from '../route';
import type { AnyRoute } from '../route';

const tag = 'Agents';
const tokensByAge = new PagedList(
  'agent-tokens',
  z.tuple([part.time, part.text]),
  ({ createdAt, id }: AgentTokenOverview) => [createdAt, id],
);
const secretsByName = new PagedList('agent-secrets', z.tuple([part.text]), ({ name }: SecretName) => [name]);

type Dependencies = Pick<Gateway, 'agents' | 'agentTokens' | 'createAgentToken' | 'agentSecrets' | 'now'>;

/** Tokens by which agents come for their work, and the secrets that they are given. */
export function agentAccessRoutes(gateway: Dependencies): AnyRoute[] {
  const { agents, agentTokens, createAgentToken, agentSecrets, now } = gateway;
  const tokensOf = async ({ workspace, name }: AgentKey): Promise<z.input<typeof tokenList>> => {
    // That there is no such agent is another answer than that it has no token.
    await agents.find(workspace, { workspace, name });
    return { tokens: (await agentTokens.list(workspace, name)).map(presentToken) };
  };
  return [
    defineRoute({
      method: 'GET',
      url: '/v1/agents/{agent}/tokens',
      tag,
      summary: 'List the tokens by which an agent comes for its work, without their secrets.',
      path: ownAgentPath,
      query: pageQuery,
      answer: agentTokenPage,
      errors: ['AGENT_NOT_FOUND'],
      handle: async ({ path: { agent: name }, query, principal: { workspace } }) => {
        await agents.find(workspace, { workspace, name });
        const { rows, next } = await tokensByAge.page(query, (page) => agentTokens.list(workspace, name, page));
        return { body: { tokens: rows.map(presentToken), next } };
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/v1/agents/{agent}/tokens',
      tag,
      summary: 'Make a token for an agent. Its secret is shown once, and only its hash is kept.',
      path: ownAgentPath,
      body: newAgentToken,
      answer: madeAgentToken,
      statuses: [201],
      errors: ['AGENT_NOT_FOUND'],
      withoutSecrets: (answer) => ({ ...answer, token: null }),
      handle: async ({ path: { agent }, body: { expiresIn }, principal: { workspace }, seed }) => {
        const expiresAt = expiresIn === undefined ? null : now() + expiresIn;
        const { id, token } = await createAgentToken({ workspace, name: agent }, expiresAt, seed);
        const location = `${agentUrl(agent)}/tokens`;
        return { body: { id, agent, expiresAt: isoTime(expiresAt), token }, location };
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/v1/agents/{agent}/tokens/{token}',
      tag,
      summary: 'Take a token of an agent back, at once.',
      path: agentTokenPath,
      answer: tokenList,
      errors: ['AGENT_NOT_FOUND', 'TOKEN_NOT_FOUND'],
      handle: async ({ path: { agent, token }, principal: { workspace } }) => {
        const key = { workspace, name: agent };
        const { tokens } = await tokensOf(key);
        const isRevoked = tokens.some(({ id }) => id === token) && (await agentTokens.revoke(workspace, token));
        if (!isRevoked) throw tokenNotFound(workspace, token);
        return { body: await tokensOf(key) };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/agents/{agent}/secrets',
      tag,
      summary: 'List the names of the secrets of an agent.',
      path: ownAgentPath,
      query: pageQuery,
      answer: agentSecretPage,
      errors: ['AGENT_NOT_FOUND'],
      handle: async ({ path: { agent: name }, query, principal: { workspace } }) => {
        const { rows, next } = await secretsByName.page(query, (page) => agentSecrets.list({ workspace, name }, page));
        return { body: { secrets: rows, next } };
      },
    }),
    defineRoute({
      method: 'PUT',
      url: '/v1/agents/{agent}/secrets/{secret}',
      tag,
      summary: 'Keep a value that an agent refers to as a secret; in place of the one of that name.',
      path: agentSecretPath,
      body: secretValue,
      answer: secretList,
      errors: ['AGENT_NOT_FOUND'],
      handle: async ({ path, body, principal: { workspace } }) => {
        const agent = { workspace, name: path.agent };
        await agentSecrets.set(agent, path.secret, body.value);
        return { body: { secrets: await agentSecrets.list(agent) } };
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/v1/agents/{agent}/secrets/{secret}',
      tag,
      summary: 'Remove a secret of an agent.',
      path: agentSecretPath,
      answer: secretList,
      errors: ['AGENT_NOT_FOUND', 'SECRET_NOT_FOUND'],
      handle: async ({ path, principal: { workspace } }) => {
        const agent = { workspace, name: path.agent };
        await agentSecrets.remove(agent, path.secret);
        return { body: { secrets: await agentSecrets.list(agent) } };
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/v1/secrets/rotate',
      tag,
      summary: 'Encrypt all secrets of the workspace, those of webhooks too, with the first of the keys.',
      body: emptyRequest,
      answer: rotatedSecrets,
      errors: ['SECRET_UNREADABLE'],
      handle: async ({ principal, seed }) => ({
        body: { rotated: await agentSecrets.rotate(principal.workspace, seed) },
      }),
    }),
  ];
}

function presentToken({
  createdAt,
  expiresAt,
  ...token
}: AgentTokenOverview): z.input<typeof tokenList>['tokens'][number] {
  return { ...token, createdAt: isoTime(createdAt), expiresAt: isoTime(expiresAt) };
}
