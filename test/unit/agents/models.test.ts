import { readAgent } from '../../../src/contracts/schemas/read-agent';
import { writeAgentDefinition } from '../../../src/contracts/schemas/write-agent-definition';
import { agentDefinitionSchema } from '../../../src/contracts/schemas/agent-definition';

const agent = (...lines: string[]): string =>
  ['name: a', 'connector: command', "command: [run, --model, '${{ model }}']", ...lines].join('\n');

const faults = (text: string, file = 'a.yaml'): string =>
  readAgent(file, text)
    .issues.map(({ message }) => message)
    .join('\n');

test('models are names, or names with a price, and are written as they were read', () => {
  const { definition } = readAgent('a.yaml', agent('models: [x, { name: y, price: { inputUsd: 1, outputUsd: 2 } }]'));
  expect(definition?.models).toEqual([{ name: 'x' }, { name: 'y', price: { inputUsd: 1, outputUsd: 2 } }]);
  if (definition) expect(agentDefinitionSchema.parse(writeAgentDefinition(definition))).toEqual(definition);
});

test('an agent that names no models has none to be told', () => {
  expect(faults(agent())).toContain('"model": an agent with one model has none to choose: list them under "models"');
});

test('one model cannot be there twice, under whatever name', () => {
  expect(faults(agent('models: [vendor/x, x-20250929]'))).toContain('the model "x" is there twice');
});

const subagent = (front: string): string => `---\nname: a\n${front}\n---\nWork.\n`;

test('a subagent of Claude Code with several models is told one of them', () => {
  const { definition } = readAgent('a.md', subagent('models: [haiku, sonnet]'));
  expect(definition).toMatchObject({
    models: [{ name: 'haiku' }, { name: 'sonnet' }],
    connector: { command: expect.arrayContaining(['--model', '${{ model }}']) as unknown },
  });
  expect(faults(subagent('models: [haiku]\nmodel: opus'), 'a.md')).toContain(
    'says one model, and "models" several: leave one of them out',
  );
});
