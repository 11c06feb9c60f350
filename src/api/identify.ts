import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Permission, Principal } from '../domain/access/roles';
import { OrchestraError } from '../domain/errors';
import type { AuditTrail, AuditedOperation } from './audit-trail';
import { agentOfRequest } from './agent-auth';
import type { RecogniseAgent } from './agent-auth';
import type { Gateway } from './gateway';
import type { LimitRequests } from './limits/limit-requests';
import { principalOf } from './principal';
import type { OfBrowser, Recognise } from './principal';

export interface IdentifyDependencies {
  gateway: Pick<Gateway, 'recognise'>;
  recogniseAgent: RecogniseAgent;
  limits: LimitRequests;
  /** Undefined where people cannot log in. */
  ofBrowser: OfBrowser | undefined;
}

/** Who makes a request that the rule says who may make; undefined where anybody may. `known` is told whose it is even where they may not. Throws TOKEN_INVALID, TOKEN_FORBIDDEN and RATE_LIMITED. */
export async function identify(
  request: FastifyRequest,
  rule: Permission | 'anybody',
  { gateway, recogniseAgent, limits, ofBrowser }: IdentifyDependencies,
  known: { principal?: Principal } = {},
): Promise<Principal | undefined> {
  if (rule === 'anybody') return undefined;
  const limited =
    <T>(recognise: (token: string, meant?: string) => Promise<T>) =>
    (token: string, meant?: string): Promise<T> =>
      limits.recognise(request.ip, token, () => recognise(token, meant));
  // Whose request it is, is known before it is known whether they may make it.
  const recognise: Recognise = async (token, meant) => (known.principal = await gateway.recognise(token, meant));
  if (rule !== 'work.do') return principalOf(request, limited(recognise), rule, ofBrowser);
  const { workspace, name } = await agentOfRequest(
    request,
    limited(async (token: string) => {
      const agent = await recogniseAgent(token);
      known.principal = { workspace: agent.workspace, role: 'agent', subject: `agent:${agent.name}` };
      return agent;
    }),
  );
  return { workspace, role: 'agent', subject: `agent:${name}` };
}

/** As `identify`, and counts the request; who is refused is kept. `reply` tells how much is left. */
export async function admit(
  request: FastifyRequest,
  operation: AuditedOperation,
  rule: Permission | 'anybody',
  { audit, ...dependencies }: IdentifyDependencies & { audit: Pick<AuditTrail, 'refused'> },
  reply?: FastifyReply,
): Promise<Principal | undefined> {
  const known: { principal?: Principal } = {};
  try {
    const principal = await identify(request, rule, dependencies, known);
    if (principal) dependencies.limits.ofPrincipal(principal, reply);
    return principal;
  } catch (error) {
    await audit.refused(request, operation, known.principal, error);
    throw error;
  }
}

/** Whether the request would be let in now: for what goes on for long. Where nobody can say at the moment, it is asked again later. */
export async function mayStill(
  request: FastifyRequest,
  rule: Permission | 'anybody',
  dependencies: IdentifyDependencies,
): Promise<boolean> {
  try {
    await identify(request, rule, dependencies);
    return true;
  } catch (error) {
    return !isOfToken(error);
  }
}

/** Whether the token is refused, and not only this request. */
export function isOfToken(error: unknown): error is OrchestraError {
  return error instanceof OrchestraError && (error.code === 'TOKEN_INVALID' || error.code === 'TOKEN_FORBIDDEN');
}
