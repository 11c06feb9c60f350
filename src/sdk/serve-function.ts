import type { AgentWork, WorkContext } from './agent-work';
import { serveAgent } from './serve-agent';
import type { ServeAgentOptions, ServedAgent } from './serve-agent';

export type ServeFunctionOptions = Omit<ServeAgentOptions, 'run'>;

/** Serves a function of this program as an agent: it is called with the input of a task, and what it returns is the task's output. */
export function serveFunction<Input>(
  options: ServeFunctionOptions,
  call: (input: Input, work: AgentWork & WorkContext) => unknown,
): ServedAgent {
  return serveAgent({ ...options, run: (work, context) => call(work.input as Input, { ...work, ...context }) });
}
