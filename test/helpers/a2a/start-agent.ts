import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface FakeAgent {
  /** Without a path: `/v1`, `/v03` and `/rest` speak the protocol, `/lies/…` do not. */
  address: string;
  /** All that it was asked. */
  calls(): Promise<AgentCall[]>;
  stop(): Promise<void>;
}

export interface AgentCall {
  path: string;
  headers: Record<string, string>;
  body: { method?: string; params?: { message?: { messageId: string } } };
}

/** An agent of the A2A protocol in a process of its own. */
export async function startA2aAgent(): Promise<FakeAgent> {
  const hook = join(__dirname, '../../../scripts/typescript-hook.cjs');
  const agent = spawn(process.execPath, ['--require', hook, join(__dirname, 'agent-process.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(agent, 'exit');
  const [line] = (await once(agent.stdout, 'data')) as [Buffer];
  const address = line.toString().trim();
  return {
    address,
    calls: async () => (await (await fetch(`${address}/calls`)).json()) as AgentCall[],
    stop: async () => {
      agent.stdin.end();
      await ended;
    },
  };
}
