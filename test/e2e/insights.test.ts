import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandLine, untilSaid } from '../helpers/e2e/command-line';
import { until } from '../helpers/until';

const cli = new CommandLine();

/** Reads its prompt, and fails unless it was told how such attempts fail. */
const agent = `
let text = '';
process.stdin.on('data', (part) => (text += part));
process.stdin.on('end', () => {
  if (text.includes('<earlier-attempts>')) return process.stdout.write('told');
  process.stderr.write('cannot open /tmp/' + process.pid + ': no such file');
  process.exitCode = 1;
});
`;

beforeAll(async () => {
  writeFileSync(join(cli.directory, 'agent.mjs'), agent);
  writeFileSync(
    join(cli.directory, 'fix.plan.yaml'),
    `version: 1
name: fix
concurrency: 1
defaults: { retry: { attempts: 1 }, onFailure: continue }
agents: { fixer: { connector: command, command: [node, agent.mjs], stdin: text, output: text } }
tasks:
  fix: { agent: fixer, prompt: Fix it, type: bug-fix }
`,
  );
  await untilSaid(cli.start('dev'), 'orchestra dev is ready');
});

afterAll(() => cli.clear());

interface Found {
  insights: { kind: string; scope: { taskType?: string }; applied: number }[];
}

const pitfalls = async (): Promise<Found['insights']> => {
  const { stdout } = await cli.run('learn', 'insights', '--type', 'bug-fix', '-o', 'json');
  return (JSON.parse(stdout) as Found).insights.filter(({ kind }) => kind === 'pitfall');
};

test('what goes wrong again and again is found by itself, and agents are told', async () => {
  for (let session = 0; session < 20; session++) await cli.run('run', 'fix.plan.yaml');
  await until('the pitfall is found', async () => (await pitfalls()).length > 0, 90_000);
  // One of five sessions goes without it; so many in a row do not. What a worker holds is up to half a minute old.
  await until(
    'an agent was told',
    async () => {
      await cli.run('run', 'fix.plan.yaml');
      return (await pitfalls()).some(({ applied }) => applied > 0);
    },
    90_000,
  );
  expect(await pitfalls()).toEqual([
    expect.objectContaining({ scope: { taskType: 'bug-fix' }, links: expect.anything() }),
  ]);
});
