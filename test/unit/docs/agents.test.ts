import { readAgent } from '../../../src/contracts/schemas/read-agent';
import { readPage } from './markdown';

const blocks = [...readPage('docs/agents.md').matchAll(/^```(yaml|markdown)\n([\s\S]*?)^```$/gm)].map(
  ([, language, text = '']) => ({ file: language === 'yaml' ? 'agent.yaml' : 'agent.md', text }),
);

test('every agent of the page can be registered', () => {
  const readings = blocks.map(({ file, text }) => readAgent(file, text));
  expect(readings.flatMap(({ issues, notes }) => [...issues, ...notes])).toEqual([]);
  expect(readings.map(({ definition }) => definition?.name)).toEqual(['reviewer', 'planner', 'test-writer']);
});

test('the subagent of Claude Code becomes the command that the page says', () => {
  const connector = blocks.map(({ file, text }) => readAgent(file, text))[2]?.definition?.connector;
  expect(connector).toMatchObject({
    command: [
      'claude',
      '-p',
      '--output-format',
      'json',
      '--append-system-prompt',
      'You write unit tests that read as sentences.',
      '--model',
      'sonnet',
      '--allowedTools',
      'Read,Edit,Bash(npm test:*)',
    ],
    stdin: 'text',
  });
});
