import type { AttemptRequest } from '../../contracts/ports/connector';
import type { CommandAgent } from '../../domain/plan/plan';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What programs need to work at all. Everything else of the host, its keys above all, stays with the host. */
const baseNames: ReadonlySet<string> = new Set([
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LANGUAGE',
  'TMPDIR',
  'TZ',
]);

/**
 * The environment of an agent: a base set and `LC_*` from the host, then the host's variables whose names the agent lets through, or the
 * values it sets, then `ORCHESTRA_*` about the attempt, which nothing overrides. A name that the host does not have stays unset.
 */
export function agentEnvironment(
  request: AttemptRequest<CommandAgent>,
  host: Environment,
  trace?: string,
): Record<string, string> {
  return {
    ...baseEnvironment(request.agent.env, host),
    ORCHESTRA_WORKSPACE: request.workspace,
    ORCHESTRA_SESSION: request.session,
    ORCHESTRA_TASK: request.task,
    ORCHESTRA_ATTEMPT: String(request.attempt),
    ORCHESTRA_IDEMPOTENCY_KEY: request.idempotencyKey,
    ...(request.model !== undefined && { ORCHESTRA_MODEL: request.model }),
    ...(trace !== undefined && { TRACEPARENT: trace }),
  };
}

/** The same without what is about an attempt. */
export function baseEnvironment(env: CommandAgent['env'], host: Environment): Record<string, string> {
  const letThrough = new Set(Array.isArray(env) ? env : []);
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(host)) {
    const isAllowed = baseNames.has(name) || name.startsWith('LC_') || letThrough.has(name);
    if (isAllowed && value !== undefined) environment[name] = value;
  }
  return { ...environment, ...(Array.isArray(env) ? {} : env) };
}
