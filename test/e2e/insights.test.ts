import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Insight, Orchestra } from '../../src/sdk/http';
import { CommandLine, clientOf, untilSaid } from '../helpers/e2e/command-line';
import { until } from '../helpers/until';

const cli = new CommandLine({ ORCHESTRA_LEARNING_INTERVAL_MS: '2000' });
let client: Orchestra;

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
const plan = {
  version: 1,
  name: 'fix',
  concurrency: 1,
  defaults: { retry: { attempts: 1 }, onFailure: 'continue' },
  agents: {
    fixer: { connector: 'command', command: ['node', join(cli.directory, 'agent.mjs')], stdin: 'text', output: 'text' },
  },
  tasks: { fix: { agent: 'fixer', prompt: 'Fix it', type: 'bug-fix' } },
};

beforeAll(async () => {
  writeFileSync(join(cli.directory, 'agent.mjs'), agent);
  const dev = cli.start('dev');
  await untilSaid(dev, 'orchestra dev is ready');
  client = clientOf(cli, dev);
});

afterAll(() => cli.clear());

const run = async (): Promise<unknown> => (await client.sessions.run(plan)).result();

const pitfallsIn = (insights: readonly Insight[]): Insight[] => insights.filter(({ kind }) => kind === 'pitfall');

const pitfalls = async (): Promise<Insight[]> => pitfallsIn(await client.insights({ type: 'bug-fix' }));

test('what goes wrong again and again is found by itself, and agents are told', async () => {
  await Promise.all(Array.from({ length: 20 }, run));
  await until('the pitfall is found', async () => (await pitfalls()).length > 0);
  // One of five sessions goes without it; so many in a row do not. What a worker holds is up to half a minute old.
  await until(
    'an agent was told',
    async () => {
      await run();
      return (await pitfalls()).some(({ applied }) => applied > 0);
    },
    200_000,
  );
  const { stdout } = await cli.run('learn', 'insights', '--type', 'bug-fix', '-o', 'json');
  expect(pitfallsIn((JSON.parse(stdout) as { insights: Insight[] }).insights)).toEqual([
    expect.objectContaining({ scope: { taskType: 'bug-fix' }, links: expect.anything() }),
  ]);
});
