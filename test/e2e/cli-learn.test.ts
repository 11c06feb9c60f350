import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Learnings } from '../../src/domain/learning/learnings';
import type { Orchestra } from '../../src/sdk/http';
import { CommandLine, clientOf, untilSaid } from '../helpers/e2e/command-line';
import { until } from '../helpers/until';

const cli = new CommandLine({ ORCHESTRA_LEARNING_INTERVAL_MS: '2000' });
let client: Orchestra;

beforeAll(async () => {
  writeFileSync(
    join(cli.directory, 'writer.yaml'),
    'name: writer\nconnector: simulated\nlatency: 5ms\ncapabilities: [prose]\ntechnologies: [markdown]\nmaxConcurrent: 10\n',
  );
  writeFileSync(
    join(cli.directory, 'letters.plan.yaml'),
    `version: 1
name: letters
tasks:
  write: { forEach: [1, 2, 3, 4], agent: { capability: prose }, type: letter }
`,
  );
  const dev = cli.start('dev');
  await untilSaid(dev, 'orchestra dev is ready');
  client = clientOf(cli, dev);
  await cli.run('agents', 'add', 'writer.yaml');
});

afterAll(() => cli.clear());

const query = async (...args: string[]): Promise<Learnings> =>
  JSON.parse((await cli.run('learn', 'query', ...args, '-o', 'json')).stdout) as Learnings;

/** Asked again and again, without a process of its own each time. */
const rateOf = async (): Promise<number> =>
  (await client.learnings.query({ capability: 'prose' })).recommended?.successRate ?? 0;

test('nothing is known before anything was done', async () => {
  expect(await cli.run('learn', 'query', '--capability', 'prose')).toEqual({
    exitCode: 0,
    stdout: 'Nothing is known of that yet: no outcome of an agent of the registry was learnt.\n',
    stderr: '',
  });
});

test('what agents did is learnt by itself, and told by capability, type and technology', async () => {
  expect((await cli.run('run', 'letters.plan.yaml')).exitCode).toBe(0);
  await until('it is learnt', async () => (await client.learnings.query({ agent: 'writer' })).outcomes === 4);
  const learnings = await query('--capability', 'prose', '--type', 'letter', '--technology', 'markdown');
  expect(learnings).toMatchObject({
    scope: { capability: 'prose', taskType: 'letter' },
    recommended: { agent: { workspace: 'default', name: 'writer' }, outcomes: 4 },
    outcomes: 4,
    duration: { minMs: expect.any(Number), p50Ms: expect.any(Number) },
  });
  expect((await query('--capability', 'prose', '--technology', 'latex')).recommended).toBeNull();
  // Nothing is known of the type: what is known of the capability stands for it.
  expect((await query('--capability', 'prose', '--type', 'novel')).scope).toEqual({
    capability: 'prose',
    taskType: null,
  });
  const { stdout } = await cli.run('learn', 'query', '--capability', 'prose', '--type', 'letter');
  expect(stdout).toContain('Tasks of type letter that ask for prose\n  4 outcomes of 1 agent; confidence 4');
  expect(stdout).toMatch(/\nwriter +\d+% +- +4 +about /);
});

test('people correct it', async () => {
  const before = await rateOf();
  const [session] = (
    JSON.parse((await cli.run('sessions', 'list', '-o', 'json')).stdout) as { sessions: { id: string }[] }
  ).sessions;
  const id = session?.id ?? '';
  expect(await cli.run('learn', 'feedback', id, 'write[2]', '--not-useful', '--changed', 'all of it')).toEqual({
    exitCode: 0,
    stdout: 'Noted for attempt 1 of write[2] by writer. What was learnt of it is corrected within seconds.\n',
    stderr: '',
  });
  await until('it is corrected', async () => (await rateOf()) < before);
});

test('feedback that says nothing, or on what has not ended, is refused', async () => {
  expect(await cli.run('learn', 'feedback', 'letters', 'write[0]')).toMatchObject({
    exitCode: 2,
    stderr: 'Say something: a rating of 1 to 5, whether it was useful, or what you had to change.\n',
  });
  const unknown = await cli.run('learn', 'feedback', 'letters', 'write[9]', '--rating', '5');
  expect(unknown.exitCode).toBe(2);
  expect(unknown.stderr).toContain('No attempt of "write[9]" in session "letters-');
  expect((await cli.run('learn', 'feedback', 'letters', 'write[0]', '--rating', '6')).exitCode).toBe(2);
  expect(await cli.run('learn', 'query', 'writre')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('did you mean "writer"?'),
  });
});

test('work done elsewhere counts as well, once', async () => {
  const reports = [1, 2].map((n) => ({
    id: `ci-${n}`,
    agent: 'writer',
    verdict: 'succeeded',
    type: 'novel',
    capability: 'prose',
    endedAt: new Date(Date.now() - n * 60_000).toISOString(),
    durationMs: 90_000,
  }));
  writeFileSync(join(cli.directory, 'elsewhere.jsonl'), reports.map((one) => JSON.stringify(one)).join('\n'));
  const report = async (): Promise<string> => (await cli.run('learn', 'report', 'elsewhere.jsonl')).stdout;
  expect(await report()).toBe('2 outcomes reported. What they teach is learnt within seconds.\n');
  expect(await report()).toContain('0 outcomes reported; 2 known already.');
  const novels = { agent: 'writer', capability: 'prose', type: 'novel' };
  await until('it is learnt', async () => (await client.learnings.query(novels)).scope.taskType === 'novel');
  expect(await query('writer', '--capability', 'prose', '--type', 'novel')).toMatchObject({ outcomes: 2 });
});

test('an agent can begin anew', async () => {
  expect((await cli.run('learn', 'reset', 'writer')).stdout).toBe(
    'What was learnt of writer is forgotten. Its outcomes stay, and count no more.\n',
  );
  expect((await query('writer')).recommended).toBeNull();
});
