import { agentDefinitionSchema } from '../../../src/contracts/schemas/agent-definition';
import { writeAgentDefinition } from '../../../src/contracts/schemas/write-agent-definition';

test.each([
  { name: 'a', connector: 'command', command: ['x'], env: { A: 'b' }, instructions: 'Be brief.', description: 'An a' },
  {
    name: 'a',
    connector: 'command',
    command: ['x'],
    probe: { command: ['x', '--version'], timeout: '3s', exitCode: 1 },
  },
  { name: 'a', connector: 'http', url: 'https://x', restart: { command: ['systemctl', 'restart', 'x'] } },
  { name: 'a', connector: 'remote', type: 'codex', remember: true },
  { name: 'a', connector: 'a2a', url: 'https://x', transport: 'http+json', headers: { X: '${{ secrets.X }}' } },
  { name: 'a', connector: 'http', url: 'https://x', headers: { X: '${{ secrets.X }}' }, cost: { perHourUsd: 2 } },
  { name: 'a', connector: 'simulated', latency: { median: '1s', p90: '2s' }, usage: { tokens: 3 }, shared: true },
  {
    name: 'a',
    connector: 'simulated',
    latency: '5ms',
    capabilities: ['x', { name: 'y', proficiency: 0.5 }],
    technologies: ['rust'],
    tags: ['z'],
    maxConcurrent: 7,
    rateLimit: '100/1m',
  },
])('a definition is written so that it reads back the same', (written) => {
  const definition = agentDefinitionSchema.parse(written);
  expect(agentDefinitionSchema.parse(writeAgentDefinition(definition))).toEqual(definition);
});
