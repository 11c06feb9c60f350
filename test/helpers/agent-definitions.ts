import type { AgentDefinition } from '../../src/domain/agents/agent';

export function definitionOf(name: string, parts: Partial<AgentDefinition> = {}): AgentDefinition {
  return {
    name,
    connector: { connector: 'command', command: ['run', name], env: [], stdin: 'json', output: 'json' },
    capabilities: [],
    tags: [],
    maxConcurrent: 1,
    cost: {},
    shared: false,
    ...parts,
  };
}
