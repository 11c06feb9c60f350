import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SessionReport } from '../../src/cli/report/session-report';
import { AgentTraces } from '../helpers/e2e/agent-traces';
import { CommandLine, isAlive, untilSaid } from '../helpers/e2e/command-line';
import { until } from '../helpers/until';

const cli = new CommandLine();
const traces = new AgentTraces();

afterAll(async () => {
  await cli.clear();
  traces.clear();
});

const write = (name: string, plan: object): void => writeFileSync(join(cli.directory, name), JSON.stringify(plan));

test('bad input is refused before anything starts', async () => {
  write('cycle.plan.yaml', {
    version: 1,
    name: 'cycle',
    tasks: { a: { run: ['true'], needs: ['b'] }, b: { run: ['true'], needs: ['a'] } },
  });
  const [cycle, missing, usage] = await Promise.all([
    cli.run('run', 'cycle.plan.yaml'),
    cli.run('run', 'gone.plan.yaml', '-o', 'json'),
    cli.run('rnu'),
  ]);
  expect(cycle).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: expect.stringMatching(/cycle\.plan\.yaml:\d+:\d+: .*a → b → a/),
  });
  expect(missing).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('there is no such file') });
  expect(usage).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('Did you mean run?') });
  expect(existsSync(cli.dataDirectory)).toBe(false);
});

test('a run on its own servers prints one object of any size, and leaves nothing running', async () => {
  // It goes on once it was seen what runs.
  const seen = join(cli.directory, 'seen');
  const list = `const wait = setInterval(() => {
    if (!require('node:fs').existsSync(${JSON.stringify(seen)})) return;
    clearInterval(wait);
    for (let n = 0; n < 3; n++) console.log('item ' + n);
  }, 20);`;
  write('big.plan.yaml', {
    version: 1,
    name: 'big',
    tasks: {
      list: { run: ['node', '-e', list] },
      each: {
        needs: ['list'],
        forEach: '${{ tasks.list.output }}',
        run: [
          'node',
          '-e',
          'console.log(JSON.stringify({ n: process.argv[1], text: "x".repeat(1_500_000) }))',
          '${{ index }}',
        ],
        output: 'json',
      },
      broken: {
        run: ['node', '-e', 'console.error("no luck"); process.exit(3)'],
        retry: { attempts: 1 },
        onFailure: 'continue',
      },
    },
    outputs: { second: '${{ tasks.list.output }}' },
  });
  const command = cli.start('run', 'big.plan.yaml', '-o', 'json');
  await untilSaid(command, 'session started');
  const serverPids = cli.serverPids();
  expect(serverPids.map(isAlive)).toEqual([true, true, true]);
  writeFileSync(seen, '');
  const { exitCode, stdout, stderr } = await command.ended;

  expect(exitCode).toBe(1);
  const report = JSON.parse(stdout) as SessionReport;
  expect(stdout.length).toBeGreaterThan(4_500_000);
  expect(report).toMatchObject({
    plan: 'big',
    workflowId: `default/${report.id}`,
    status: 'partially_succeeded',
    progress: { total: 3, succeeded: 2, failed: 1, skipped: 0, cancelled: 0, percent: 100 },
    outputs: { second: ['item 0', 'item 1', 'item 2'] },
  });
  const output = report.tasks['each']?.output as { n: string; text: string }[];
  expect(output.map(({ n, text }) => [n, text.length])).toEqual([
    ['0', 1_500_000],
    ['1', 1_500_000],
    ['2', 1_500_000],
  ]);
  expect(report.tasks['broken']).toMatchObject({
    status: 'failed',
    attempts: 1,
    output: null,
    error: expect.stringContaining('no luck'),
  });
  expect(stderr).toMatch(/broken: failed: .*no luck/);
  expect(serverPids.map(isAlive)).toEqual([false, false, false]);
  expect(JSON.parse(readFileSync(join(cli.dataDirectory, 'plan.schema.json'), 'utf8'))).toHaveProperty('properties');
});

test('Ctrl-C cancels the session, stops its agents and its servers, and keeps the results', async () => {
  write('held.plan.yaml', {
    version: 1,
    name: 'held',
    agents: {
      free: { connector: 'command', command: traces.command('free') },
      held: { connector: 'command', command: traces.command('held') },
    },
    tasks: {
      first: { agent: 'free' },
      long: { agent: 'held', needs: ['first'] },
      last: { agent: 'free', needs: ['long'] },
    },
  });
  const command = cli.start('run', 'held.plan.yaml', '-o', 'json');
  // Servers have to be started before it does.
  await until('the agent works', () => traces.of('long', 'started').length === 1, 240_000);
  const pids = [...cli.serverPids(), ...traces.of('long', 'started').map(({ pid }) => pid)];
  expect(pids.map(isAlive)).toEqual([true, true, true, true]);
  command.signal('SIGINT');
  const { exitCode, stdout } = await command.ended;

  expect(exitCode).toBe(3);
  const report = JSON.parse(stdout) as SessionReport;
  expect(report.status).toBe('cancelled');
  expect(Object.entries(report.tasks).map(([name, { status }]) => [name, status])).toEqual([
    ['first', 'succeeded'],
    ['long', 'cancelled'],
    ['last', 'cancelled'],
  ]);
  expect(traces.of('long', 'told to stop')).toHaveLength(1);
  expect(pids.map(isAlive)).toEqual([false, false, false, false]);
});
