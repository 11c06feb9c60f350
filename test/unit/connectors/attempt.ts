import type { AttemptContext, AttemptProgress, AttemptRequest } from '../../../src/contracts/ports/connector';
import type {
  A2aAgent,
  AgentSpec,
  CommandAgent,
  FunctionAgent,
  HttpAgent,
  SimulatedAgent,
} from '../../../src/domain/plan/plan';

const common = { capabilities: [], technologies: [], tags: [] };

export function commandAgent(command: string[], changes: Partial<CommandAgent> = {}): CommandAgent {
  return { ...common, connector: 'command', command, env: [], stdin: 'json', output: 'json', ...changes };
}

export function httpAgent(url: string, changes: Partial<HttpAgent> = {}): HttpAgent {
  return { ...common, connector: 'http', url, headers: {}, ...changes };
}

export function a2aAgent(url: string, changes: Partial<A2aAgent> = {}): A2aAgent {
  return { ...common, connector: 'a2a', url, transport: 'jsonrpc', protocolVersion: '1.0', headers: {}, ...changes };
}

export function functionAgent(module: string): FunctionAgent {
  return { ...common, connector: 'function', module };
}

export function simulatedAgent(changes: Partial<SimulatedAgent> = {}): SimulatedAgent {
  return { ...common, connector: 'simulated', latency: { kind: 'fixed', ms: 0 }, successRate: 1, ...changes };
}

export function attemptOf<Spec extends AgentSpec>(
  agent: Spec,
  changes: Partial<AttemptRequest<Spec>> = {},
): AttemptRequest<Spec> {
  return {
    workspace: 'acme',
    session: 'fix-42',
    task: 'research',
    attempt: 1,
    idempotencyKey: 'acme/fix-42/research',
    agent,
    instructions: null,
    agentName: 'researcher',
    prompt: 'Find the cause',
    input: { depth: 2 },
    context: { list: { status: 'succeeded', error: null } },
    baseDirectory: process.cwd(),
    ...changes,
  };
}

export interface RecordedContext extends AttemptContext {
  updates: AttemptProgress[];
  abort(): void;
  /** The next update whose message begins so, also one that came before. */
  message(start: string): Promise<string>;
}

export function recordedContext(): RecordedContext {
  const controller = new AbortController();
  const updates: AttemptProgress[] = [];
  const waiting: (() => void)[] = [];
  return {
    updates,
    signal: controller.signal,
    abort: () => controller.abort(),
    progress(update) {
      updates.push(update);
      waiting.splice(0).forEach((look) => look());
    },
    async message(start) {
      for (;;) {
        const found = updates.find((update) => update.message?.startsWith(start));
        if (found?.message !== undefined) return found.message;
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
  };
}
