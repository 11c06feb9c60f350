import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { RemoteAgents } from '../../contracts/ports/remote-agents';
import { anyObject, id } from '../../contracts/schemas/api/common';
import { claimSchema, completeSchema, failSchema, heartbeatSchema } from '../../contracts/schemas/agent-protocol';
import type { AgentKey } from '../../domain/agents/agent';
import { agentId } from '../../domain/agents/agent-ref';
import { OrchestraError } from '../../domain/errors';
import type { Presence } from '../presence';
import { defineRoute } from '../route';
import type { AnyRoute, Reply } from '../route';
import type { WaitingRequests } from '../waiting-requests';

export interface AgentWorkDependencies {
  agents: RemoteAgents;
  presence: Presence;
  /** Woken by agent when it is offered something. */
  forWork: WaitingRequests;
  /** Woken by session when something is cancelled in it. */
  forCancel: WaitingRequests;
}

export const sessionKey = (workspace: string, session: string): string => `${workspace}/${session}`;

type WorkReply = Pick<Reply<object>, 'undelivered'> & { body: object };

/**
 * A claim that is repeated looks by itself so often. As long as nobody has noticed that the connection of the one before is gone, that one is given
 * work as well, which wakes nobody.
 */
const lookAgainMs = 5_000;

/** A result may be as large as that of any other agent. */
const resultLimitBytes = 16 * 1024 * 1024;

const agentPath = z.object({ agent: id.describe('Name of the agent that the token is of.') });

/** The protocol of agents that come for their work: see docs/remote-agents.md. */
export function agentWorkRoutes(dependencies: AgentWorkDependencies): AnyRoute[] {
  const { agents, presence } = dependencies;
  const post = <Body extends z.ZodType>(
    verb: string,
    summary: string,
    body: Body,
    answer: (agent: AgentKey, body: z.output<Body>, gone: AbortSignal) => Promise<WorkReply>,
    more: Partial<Pick<AnyRoute, 'bodyLimitBytes' | 'errors'>> = {},
  ): AnyRoute =>
    defineRoute({
      method: 'POST',
      url: `/v1/agents/{agent}/${verb}`,
      tag: 'Work of remote agents',
      summary,
      path: agentPath,
      body,
      answer: anyObject,
      ...more,
      handle: async ({ path, body: said, principal: { workspace }, gone }) => {
        const agent = { workspace, name: path.agent };
        const { body, ...reply } = await presence.during(agent, () => answer(agent, said, gone));
        return { body: { ...body }, ...reply };
      },
    });
  const settling = { errors: ['ATTEMPT_NOT_FOUND', 'ATTEMPT_SUPERSEDED'] as const, bodyLimitBytes: resultLimitBytes };
  const routes = [
    post('claim', 'Take work that is offered, or wait for some.', claimSchema, (agent, wanted, gone) =>
      claim(dependencies, agent, wanted, gone),
    ),
    post(
      'heartbeat',
      'Keep attempts, and hear of those that are to be stopped.',
      heartbeatSchema,
      (agent, held, gone) => beat(dependencies, agent, held, gone),
    ),
    post(
      'complete',
      'Hand over the result of an attempt.',
      completeSchema,
      async (agent, { output, usage, ...attempt }) => ({
        body: await agents.complete(agent, attempt, { output, usage }),
      }),
      settling,
    ),
    post(
      'fail',
      'Say why an attempt came to nothing.',
      failSchema,
      async (agent, { error, reason, retryable, retryAfterMs, usage, ...attempt }) => ({
        body: await agents.fail(agent, attempt, { error, reason, retryable, retryAfterMs, usage }),
      }),
      settling,
    ),
  ];
  return [...routes, socketRoute(routes, presence)];
}

/** All of the above over one connection. The agent is there as long as that is open. */
function socketRoute(routes: readonly AnyRoute[], presence: Presence): AnyRoute {
  return defineRoute({
    method: 'GET',
    url: '/v1/agents/{agent}/socket',
    tag: 'Work of remote agents',
    summary: 'Open a WebSocket, whose frames are the requests of an agent and their answers.',
    path: agentPath,
    answer: anyObject,
    statuses: [101],
    overSocket: {
      routes,
      opened: ({ path, principal: { workspace } }, closed) =>
        void presence.during({ workspace, name: path['agent'] ?? '' }, () => closed),
    },
    handle: () => {
      throw new OrchestraError(
        'USAGE',
        'This address is for WebSockets: send "Upgrade: websocket" with what belongs to it, or the requests of docs/remote-agents.md one by one.',
      );
    },
  });
}

async function claim(
  { agents, forWork }: AgentWorkDependencies,
  agent: AgentKey,
  { waitMs, ...wanted }: ReturnType<typeof claimSchema.parse>,
  gone: AbortSignal,
): Promise<WorkReply> {
  const until = Date.now() + waitMs;
  const lookAgain = wanted.repeated ? setInterval(() => forWork.wake(agentId(agent)), lookAgainMs) : undefined;
  try {
    for (;;) {
      const delivery = randomUUID();
      // Waits before it looks, so that what is offered in between wakes it.
      const woken = forWork.wait([agentId(agent)], until - Date.now(), gone);
      // Whoever has gone is given nothing.
      const work = gone.aborted ? [] : await agents.claim(agent, { ...wanted, delivery });
      if (work.length > 0) {
        // Best effort: what is not taken back is given up when its lease ends.
        return { body: { work }, undelivered: () => void agents.takeBack(agent, delivery).catch(() => undefined) };
      }
      if (!(await woken)) return { body: { work } };
    }
  } finally {
    clearInterval(lookAgain);
  }
}

async function beat(
  { agents, forCancel }: AgentWorkDependencies,
  agent: AgentKey,
  { attempts, waitMs }: ReturnType<typeof heartbeatSchema.parse>,
  gone: AbortSignal,
): Promise<WorkReply> {
  const until = Date.now() + waitMs;
  const held = attempts.map(({ task, ...attempt }) => ({ ...attempt, run: task }));
  const sessions = [...new Set(attempts.map(({ workspace, session }) => sessionKey(workspace, session)))];
  for (;;) {
    const woken = forCancel.wait(sessions, until - Date.now(), gone);
    const states = await agents.beat(agent, held);
    const stop = attempts.flatMap(({ workspace, session, task, attempt, token }, at) =>
      states[at] === 'held' ? [] : [{ workspace, session, task, attempt, token, reason: states[at] }],
    );
    if (stop.length > 0 || !(await woken)) return { body: { stop } };
  }
}
