import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SessionReport } from '../../src/cli/report/session-report';
import { AgentTraces } from '../helpers/e2e/agent-traces';
import { CommandLine, isAlive, untilSaid } from '../helpers/e2e/command-line';
import type { RunningCommand } from '../helpers/e2e/command-line';
import { until } from '../helpers/until';

const cli = new CommandLine();
const traces = new AgentTraces();
let dev: RunningCommand;

beforeAll(async () => {
  const agent = (mode: 'free' | 'held') => ({ connector: 'command', command: traces.command(mode) });
  const plan = {
    version: 1,
    name: 'work',
    agents: { free: agent('free'), held: agent('held') },
    defaults: { retry: { attempts: 1 } },
    tasks: { first: { agent: 'held' }, second: { agent: 'free', needs: ['first'] } },
  };
  writeFileSync(join(cli.directory, 'work.plan.yaml'), JSON.stringify(plan));
  const mended = join(cli.directory, 'mended');
  const flaky = {
    run: ['node', '-e', `process.exit(require('node:fs').existsSync(${JSON.stringify(mended)}) ? 0 : 1)`],
  };
  writeFileSync(join(cli.directory, 'flaky.plan.yaml'), JSON.stringify({ ...plan, name: 'flaky', tasks: { flaky } }));
  dev = cli.start('dev');
  await untilSaid(dev, 'orchestra dev is ready');
});

afterAll(async () => {
  await cli.clear();
  traces.clear();
});

const show = async (id: string): Promise<SessionReport> =>
  JSON.parse((await cli.run('sessions', 'show', id, '-o', 'json')).stdout) as SessionReport;

const startsOf = (task: string, session: string): number =>
  traces.of(task, 'started').filter((trace) => trace.session === session).length;

test('a second dev on the folder says where the first is', async () => {
  const { exitCode, stdout } = await cli.run('dev');
  expect(exitCode).toBe(0);
  expect(stdout).toContain(`already runs on ${cli.dataDirectory}, as process ${dev.pid}.`);
  const places = (said: string): string[] => said.split('\n').filter((line) => /^ {2}(API|Temporal|Data)/.test(line));
  expect(places(stdout)).toEqual(places(dev.said.stdout));
  expect(stdout).toMatch(/^ {2}API +http:\/\/127\.0\.0\.1:\d+$/m);
});

test('a detached session is paused at once, resumed, watched to its end, and listed', async () => {
  const detached = await cli.run('run', 'work.plan.yaml', '--detach', '--id', 'paused-1');
  expect(detached).toMatchObject({ exitCode: 0, stdout: 'paused-1\n' });
  await until('the agent works', () => startsOf('first', 'paused-1') === 1);

  // Ids may be abbreviated.
  const paused = await cli.run('sessions', 'pause', 'paused', '--now');
  expect(paused).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('paused-1 is paused') });
  await until('the agent has stopped', () => traces.living().length === 0);
  expect((await show('paused-1')).status).toBe('paused');

  const watch = cli.start('sessions', 'watch', 'paused-1');
  await untilSaid(watch, 'session paused');
  expect((await cli.run('sessions', 'resume', 'paused-1')).stdout).toContain('paused-1 is running');
  traces.openGate('first.2');
  const watched = await watch.ended;
  expect(watched.exitCode).toBe(0);
  expect(watched.stdout).toContain('✔ paused-1 succeeded');
  // The stopped attempt cost no try: there was only one.
  expect((await show('paused-1')).tasks['first']).toMatchObject({ status: 'succeeded', attempts: 2 });

  const listed = await cli.run('sessions', 'list', '--status', 'succeeded', '-o', 'json');
  expect(JSON.parse(listed.stdout)).toMatchObject({
    sessions: [{ id: 'paused-1', plan: 'work', status: 'succeeded' }],
  });
  expect((await cli.run('sessions', 'list')).stdout).toMatch(
    /^SESSION +CREATED +TIME +LEFT +TASKS +STATUS\npaused-1 .* 2\/2 +succeeded$/m,
  );
});

test('Ctrl-C on a watched run leaves it running; cancelling it stops its agent', async () => {
  const command = cli.start('run', 'work.plan.yaml', '--id', 'left-1');
  await until('the agent works', () => startsOf('first', 'left-1') === 1);
  command.signal('SIGINT');
  const left = await command.ended;
  expect(left.exitCode).toBe(130);
  expect(left.stderr).toContain('Session left-1 goes on.');
  expect((await show('left-1')).status).toBe('running');

  const cancelled = await cli.run('sessions', 'cancel', 'left-1', '--reason', 'enough');
  expect(cancelled.stdout).toContain('left-1 is being cancelled');
  const watched = await cli.run('sessions', 'watch', 'left-1');
  expect(watched.exitCode).toBe(3);
  expect(watched.stdout).toContain('session is stopping (enough)');
  expect(traces.living()).toEqual([]);
  const refused = await cli.run('sessions', 'pause', 'left-1');
  expect(refused).toMatchObject({ exitCode: 1, stdout: '', stderr: 'Session "left-1" has ended.\n' });
});

test('a failed session is reopened by a retry', async () => {
  const failed = await cli.run('run', 'flaky.plan.yaml', '--id', 'flaky-1');
  expect(failed.exitCode).toBe(1);
  expect(failed.stdout).toContain('`orchestra sessions retry flaky-1`');
  writeFileSync(join(cli.directory, 'mended'), '');
  const retried = await cli.run('sessions', 'retry', 'flaky-1', 'flaky');
  expect(retried).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('tries task flaky again') });
  expect((await cli.run('sessions', 'watch', 'flaky-1')).exitCode).toBe(0);
  const again = await cli.run('sessions', 'retry', 'flaky-1');
  expect(again.exitCode).toBe(1);
  expect(again.stderr).toContain('refused');
});

test('an unknown session and a doctor are answered', async () => {
  expect(await cli.run('sessions', 'show', 'nobody')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('There is no session "nobody"'),
  });
  const doctor = JSON.parse((await cli.run('doctor', '-o', 'json')).stdout) as {
    checks: { name: string; detail: string }[];
  };
  expect(doctor.checks.find(({ name }) => name === 'Servers')?.detail).toContain(
    `orchestra dev, process ${dev.pid}, API at http://127.0.0.1:`,
  );
});

test('SIGTERM stops everything, and then nothing runs', async () => {
  const pids = cli.serverPids();
  expect(pids.map(isAlive)).toEqual([true, true, true]);
  dev.signal('SIGTERM');
  expect(await dev.ended).toMatchObject({ exitCode: 0 });
  expect(pids.map(isAlive)).toEqual([false, false, false]);
  expect(await cli.run('sessions', 'list')).toMatchObject({
    exitCode: 4,
    stderr: expect.stringContaining('Start `orchestra dev`'),
  });
});
