import { randomUUID } from 'node:crypto';
import { FrameClient } from './frame-client';
import type { RemoteWork } from '../../src/contracts/ports/remote-agents';
import type { AgentDefinition } from '../../src/domain/agents/agent';
import { createAgentToken } from '../../src/main/agent-tokens';
import { definitionOf } from '../helpers/agent-definitions';
import type { TestInstallation } from '../helpers/servers/test-installation';

export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** All that holds of the protocol holds over both. */
export const transports = ['polling', 'websocket'] as const;
export type Transport = (typeof transports)[number];

/** An agent that comes for its work, request by request. */
export interface RemoteAgentClient {
  name: string;
  token: string;
  post(path: string, body: object): Promise<Answer>;
  /** Waits for one piece of work. */
  claim(): Promise<RemoteWork>;
  settle(how: 'complete' | 'fail', work: RemoteWork, more?: object): Promise<Answer>;
  beat(work: RemoteWork, more?: object): Promise<Answer>;
}

export async function registerRemote(
  installation: TestInstallation,
  api: { url: string },
  name: string,
  parts: Partial<AgentDefinition> = {},
  transport: Transport = 'polling',
): Promise<RemoteAgentClient> {
  await installation.agents.add('default', [definitionOf(name, { connector: { connector: 'remote' }, ...parts })]);
  const { token } = await createAgentToken(installation.agentTokens, { workspace: 'default', name }, null);
  return remoteClient(api.url, name, token, transport);
}

export function remoteClient(
  url: string,
  name: string,
  token: string,
  transport: Transport = 'polling',
): RemoteAgentClient {
  const frames = new FrameClient(url, name, token);
  const request = async (path: string, body: object): Promise<Answer> => {
    const response = await fetch(`${url}/v1/agents/${name}/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const post: RemoteAgentClient['post'] = (path, body) =>
    transport === 'websocket' ? frames.ask(path, body) : request(path, body);
  const reference = ({ workspace, session, task, attempt, token: fence }: RemoteWork): object => ({
    workspace,
    session,
    task,
    attempt,
    token: fence,
  });
  return {
    name,
    token,
    post,
    claim: async () => {
      const { status, body } = await post('claim', { claimId: randomUUID(), waitMs: 60_000 });
      const [work] = (body['work'] ?? []) as RemoteWork[];
      if (!work) throw new Error(`nothing was claimed: ${status} ${JSON.stringify(body)}`);
      return work;
    },
    settle: (how, work, more = {}) =>
      post(how, { ...reference(work), ...(how === 'fail' && { error: 'it broke' }), ...more }),
    beat: (work, { waitMs = 0, ...progress }: { waitMs?: number } = {}) =>
      post('heartbeat', { attempts: [{ ...reference(work), ...progress }], waitMs }),
  };
}
