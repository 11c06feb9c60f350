import { settingTemplates } from '../agents/setting-templates';
import type { Json } from '../json';
import type { PlanPath } from './issue';
import { taskOfAnonymousAgent } from './names';
import type { AgentSpec } from './plan';

/** The parts of an agent that may hold `${{ }}` templates, with where they stand in the plan file. */
export function agentTemplates(name: string, agent: AgentSpec): { path: PlanPath; value: Json }[] {
  const task = taskOfAnonymousAgent(name);
  if (task !== undefined) {
    if (agent.connector === 'command') return [{ path: ['tasks', task, 'run'], value: agent.command }];
    return agent.connector === 'transform' ? [{ path: ['tasks', task, 'transform'], value: agent.output }] : [];
  }
  return settingTemplates(agent).map(({ key, value }) => ({ path: ['agents', name, key], value }));
}
