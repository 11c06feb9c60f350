import type { FastifyRequest } from 'fastify';
import type { AgentKey } from '../domain/agents/agent';
import { OrchestraError } from '../domain/errors';

/** Whose token it is. Throws TOKEN_INVALID. */
export type RecogniseAgent = (token: string) => Promise<AgentKey>;

/** The agent that a request is of: by its token, which must be that of the agent in the path. */
export async function agentOfRequest(request: FastifyRequest, recognise: RecogniseAgent): Promise<AgentKey> {
  const [, token] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (token === undefined) {
    throw new OrchestraError(
      'TOKEN_INVALID',
      'The request has no token. Send it as "Authorization: Bearer orc_agent_…"; `orchestra agents tokens create NAME` makes one.',
    );
  }
  const agent = await recognise(token);
  const { agent: named } = request.params as { agent: string };
  if (agent.name === named) return agent;
  throw new OrchestraError(
    'TOKEN_FORBIDDEN',
    `The token is not one of agent "${named}". Use a token of that agent, or the name of the agent that the token is for.`,
  );
}
