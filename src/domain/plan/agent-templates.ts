import { settingTemplates } from '../agents/setting-templates';
import type { Json } from '../json';
import type { PlanPath } from './issue';
import { taskOfRunAgent } from './names';
import type { AgentSpec } from './plan';

/** The parts of an agent that may hold `${{ }}` templates, with where they stand in the plan file. */
export function agentTemplates(name: string, agent: AgentSpec): { path: PlanPath; value: Json }[] {
  const task = taskOfRunAgent(name);
  if (task !== undefined)
    return agent.connector === 'command' ? [{ path: ['tasks', task, 'run'], value: agent.command }] : [];
  return settingTemplates(agent).map(({ key, value }) => ({ path: ['agents', name, key], value }));
}
