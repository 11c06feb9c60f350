import type { FastifyInstance, FastifyReply } from 'fastify';
import type { RemoteAgents } from '../../contracts/ports/remote-agents';
import { claimSchema, completeSchema, failSchema, heartbeatSchema } from '../../contracts/schemas/agent-protocol';
import type { AgentKey } from '../../domain/agents/agent';
import { agentId } from '../../domain/agents/agent-ref';
import { agentOfRequest } from '../agent-auth';
import type { RecogniseAgent } from '../agent-auth';
import { parseBody } from '../parse-body';
import type { Presence } from '../presence';
import type { WaitingRequests } from '../waiting-requests';

export interface AgentWorkDependencies {
  agents: RemoteAgents;
  recognise: RecogniseAgent;
  presence: Presence;
  /** Woken by agent when it is offered something. */
  forWork: WaitingRequests;
  /** Woken by session when something is cancelled in it. */
  forCancel: WaitingRequests;
}

export const sessionKey = (workspace: string, session: string): string => `${workspace}/${session}`;

/** A result may be as large as that of any other agent. */
const resultLimitBytes = 16 * 1024 * 1024;

/** The protocol of agents that come for their work: see docs/remote-agents.md. */
export function addAgentWorkRoutes(app: FastifyInstance, dependencies: AgentWorkDependencies): void {
  const { agents, recognise, presence } = dependencies;
  const post = (
    path: string,
    answer: (agent: AgentKey, body: unknown, reply: FastifyReply) => Promise<object>,
    bodyLimit?: number,
  ): void => {
    app.post(`/v1/agents/:agent/${path}`, { ...(bodyLimit && { bodyLimit }) }, async (request, reply) => {
      const agent = await agentOfRequest(request, recognise);
      return presence.during(agent, () => answer(agent, request.body, reply));
    });
  };
  post('claim', (agent, body, reply) => claim(dependencies, agent, parseBody(claimSchema, body), goneSignal(reply)));
  post('heartbeat', (agent, body, reply) =>
    beat(dependencies, agent, parseBody(heartbeatSchema, body), goneSignal(reply)),
  );
  post(
    'complete',
    (agent, body) => {
      const { output, usage, ...attempt } = parseBody(completeSchema, body);
      return agents.complete(agent, attempt, { output, usage });
    },
    resultLimitBytes,
  );
  post('fail', (agent, body) => {
    const { error, reason, retryable, retryAfterMs, usage, ...attempt } = parseBody(failSchema, body);
    return agents.fail(agent, attempt, { error, reason, retryable, retryAfterMs, usage });
  });
}

async function claim(
  { agents, forWork }: AgentWorkDependencies,
  agent: AgentKey,
  { waitMs, ...wanted }: ReturnType<typeof claimSchema.parse>,
  gone: AbortSignal,
): Promise<object> {
  const until = Date.now() + waitMs;
  for (let { repeated } = wanted; ; repeated = false) {
    // Waits before it looks, so that what is offered in between wakes it.
    const woken = forWork.wait([agentId(agent)], until - Date.now(), gone);
    const work = await agents.claim(agent, { ...wanted, repeated });
    if (work.length > 0 || !(await woken)) return { work };
  }
}

async function beat(
  { agents, forCancel }: AgentWorkDependencies,
  agent: AgentKey,
  { attempts, waitMs }: ReturnType<typeof heartbeatSchema.parse>,
  gone: AbortSignal,
): Promise<object> {
  const until = Date.now() + waitMs;
  const held = attempts.map(({ task, ...attempt }) => ({ ...attempt, run: task }));
  const sessions = [...new Set(attempts.map(({ workspace, session }) => sessionKey(workspace, session)))];
  for (;;) {
    const woken = forCancel.wait(sessions, until - Date.now(), gone);
    const states = await agents.beat(agent, held);
    const stop = attempts.flatMap(({ workspace, session, task, attempt, token }, at) =>
      states[at] === 'held' ? [] : [{ workspace, session, task, attempt, token, reason: states[at] }],
    );
    if (stop.length > 0 || !(await woken)) return { stop };
  }
}

/** Aborted when nobody waits for the answer any more. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  // With a reason of ours: an error with its stack would be made for every request.
  reply.raw.once('close', () => controller.abort('closed'));
  return controller.signal;
}
