import { agentDefinitionSchema } from '../../../src/contracts/schemas/agent-definition';
import { readAgent } from '../../../src/contracts/schemas/read-agent';
import { readAgentCard } from '../../../src/contracts/schemas/read-agent-card';
import { formatSourceIssue } from '../../../src/contracts/schemas/source-position';
import { agentType, knownAgentTypes } from '../../../src/domain/agents/agent-type';
import type { AgentDefinition } from '../../../src/domain/agents/agent';
import { planOf } from '../plan/read-plan-text';

const card = {
  protocolVersion: '1.0',
  name: 'reviewer',
  supportedInterfaces: [{ url: 'https://x.example', protocolBinding: 'JSONRPC', protocolVersion: '1.0' }],
  skills: [],
};

function definitionIn(file: string, text: string): AgentDefinition {
  const { definition, issues } = readAgent(file, text);
  if (!definition) throw new Error(issues.map(formatSourceIssue).join('\n'));
  return definition;
}

const definitionOnCard = (): AgentDefinition =>
  agentDefinitionSchema.parse(readAgentCard('card.json', JSON.stringify(card), { hasHeaders: false }).written);

test.each<[string, () => AgentDefinition, string]>([
  ['YAML', () => definitionIn('a.yaml', 'name: a\nconnector: http\nurl: https://x\n'), 'http'],
  ['JSON', () => definitionIn('a.json', '{ "name": "a", "connector": "simulated" }'), 'simulated'],
  ['Markdown', () => definitionIn('a.md', '---\nname: a\nconnector: remote\n---\nBe brief.\n'), 'remote'],
  [
    'the format of subagents of Claude Code',
    () => definitionIn('a.md', '---\nname: a\n---\nBe brief.\n'),
    'claude-code',
  ],
  ['an agent card', definitionOnCard, 'a2a'],
])('an agent defined in %s that says no type has one', (_, definition, type) => {
  expect(agentType(definition())).toBe(type);
  expect(knownAgentTypes).toContain(type);
});

test('what its owner says is the type, whatever it is reached by', async () => {
  expect(agentType(definitionIn('a.yaml', 'name: a\nconnector: remote\ntype: codex\n'))).toBe('codex');
  expect(agentType(definitionIn('a.yaml', 'name: a\nconnector: function\ntype: my.own-kind\n'))).toBe('my.own-kind');
  const { agents } = await planOf(
    'version: 1\nname: p\nagents:\n  a: { connector: simulated, type: cursor }\n  b: { connector: simulated }\ntasks: { x: { agent: a } }\n',
  );
  expect(Object.values(agents).map(agentType)).toEqual(['cursor', 'simulated']);
});

test.each([
  [
    'claud-code',
    ['a.yaml:3:7: type: "claud-code" is no type that is known, which is no fault (did you mean "claude-code"?)'],
  ],
  ['claude-code', []],
  ['in-house', []],
])('a type %s is taken, and what may be a slip is noted', (type, notes) => {
  const reading = readAgent('a.yaml', `name: a\nconnector: remote\ntype: ${type}\n`);
  expect(reading.definition?.type).toBe(type);
  expect(reading.notes.map(formatSourceIssue)).toEqual(notes);
});

test('a type that is no name is refused with its place', () => {
  const { issues } = readAgent('a.yaml', 'name: a\nconnector: remote\ntype: my type\n');
  expect(issues.map(formatSourceIssue)).toEqual([expect.stringContaining('a.yaml:3:7: type: must be letters, digits')]);
});
