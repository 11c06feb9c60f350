import type { Json } from '../json';
import type { PlanPath } from './issue';
import { taskOfRunAgent } from './names';
import type { AgentSpec } from './plan';

/** The parts of an agent that may hold `${{ }}` templates, with where they stand in the plan file. */
export function agentTemplates(name: string, agent: AgentSpec): { path: PlanPath; value: Json }[] {
  const task = taskOfRunAgent(name);
  if (task !== undefined)
    return agent.connector === 'command' ? [{ path: ['tasks', task, 'run'], value: agent.command }] : [];
  const at = (key: string, value: Json | undefined): { path: PlanPath; value: Json }[] =>
    value === undefined ? [] : [{ path: ['agents', name, key], value }];
  switch (agent.connector) {
    case 'command':
      return [
        ...at('command', agent.command),
        ...at('cwd', agent.cwd),
        ...(Array.isArray(agent.env) ? [] : at('env', agent.env)),
      ];
    case 'http':
      return [...at('url', agent.url), ...at('headers', agent.headers)];
    case 'simulated':
      return at('output', agent.output);
  }
}
