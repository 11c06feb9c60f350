import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { SessionReport } from '../../src/cli/report/session-report';
import { CommandLine, untilSaid } from '../helpers/e2e/command-line';
import type { RunningCommand } from '../helpers/e2e/command-line';
import { ownPort } from '../helpers/own-ports';
import { until } from '../helpers/until';

const cli = new CommandLine();
const example = join(process.cwd(), 'examples', 'remote-agent');
let dev: RunningCommand;
let agent: ChildProcess | undefined;

beforeAll(async () => {
  dev = cli.start('dev');
  await untilSaid(dev, 'orchestra dev is ready');
});
afterAll(async () => {
  if (agent?.exitCode === null) {
    agent.kill('SIGKILL');
    await once(agent, 'exit');
  }
  await cli.clear();
});

const statusOf = async (): Promise<unknown> =>
  JSON.parse((await cli.run('agents', 'show', 'greeter', '-o', 'json')).stdout) as unknown;

test('a program that comes for its work does it, as the page says', async () => {
  const added = await cli.run(
    'agents',
    'add',
    'greeter',
    '--connector',
    'remote',
    '--capability',
    'greet',
    '--max-concurrent',
    '4',
  );
  expect(added).toMatchObject({
    exitCode: 0,
    stdout: 'Agent greeter is added.\n',
    stderr: expect.stringContaining('agents tokens create greeter` makes one'),
  });
  expect(await statusOf()).toMatchObject({ status: 'offline', lastSeenAt: null });
  expect((await cli.run('agents', 'list')).stdout).toMatch(/greeter +remote +greet +0\/4 +- +offline/);

  const { stdout: token } = await cli.run('agents', 'tokens', 'create', 'greeter');
  expect(token).toMatch(/^orc_agent_[0-9a-f]{12}_[\w-]{43}\n$/);
  const [, url] = /API +(http:\S+)/.exec(dev.said.stdout) ?? [];
  agent = spawn(process.execPath, [join(example, 'agent.mjs')], {
    env: { PATH: process.env['PATH'], API_URL: url, AGENT_TOKEN: token.trim() },
    stdio: 'inherit',
  });
  await until('it is online', async () => JSON.stringify(await statusOf()).includes('"status":"online"'));

  const run = await cli.run('run', join(example, 'greet.plan.yaml'), '-o', 'json');
  expect(run.exitCode).toBe(0);
  const report = JSON.parse(run.stdout) as SessionReport;
  expect(report.outputs).toEqual({
    greetings: [{ greeting: 'Hello Ada!' }, { greeting: 'Hello Grace!' }, { greeting: 'Hello Barbara!' }],
  });

  agent.kill('SIGTERM');
  expect(await once(agent, 'exit')).toEqual([0, null]);
});

test('a program whose token is refused says so in a line', async () => {
  const [, url] = /API +(http:\S+)/.exec(dev.said.stdout) ?? [];
  const refused = spawn(process.execPath, [join(example, 'agent.mjs')], {
    env: { PATH: process.env['PATH'], API_URL: url, AGENT_TOKEN: 'wrong' },
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  let said = '';
  refused.stderr.on('data', (text: Buffer) => (said += text.toString()));
  expect(await once(refused, 'close')).toEqual([1, null]);
  expect(said).toBe('The token is not valid. `orchestra agents tokens create NAME` makes one.\n');
});

test('a token is listed by its id, and revoked', async () => {
  const { stdout } = await cli.run('agents', 'token', 'list', '-o', 'json');
  const { tokens } = JSON.parse(stdout) as { tokens: { id: string }[] };
  expect(tokens).toMatchObject([{ agent: 'greeter', expiresAt: null }]);
  const id = tokens[0]?.id ?? '';
  expect(await cli.run('agents', 'tokens', 'revoke', id)).toMatchObject({
    exitCode: 0,
    stdout: `Token ${id} is revoked.\n`,
  });
  expect(await cli.run('agents', 'tokens', 'revoke', id)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining(`There is no token "${id}"`),
  });
});

/** `net.core.somaxconn`: no program waits with more connections than the system lets it. */
const mostWaiting = existsSync('/proc/sys/net/core/somaxconn')
  ? Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'))
  : 128;

(mostWaiting < 1_500 ? test.skip : test)('agents that come at once are let in, however busy the API is', async () => {
  const port = ownPort();
  const api = cli.start('api', '--port', String(port));
  await untilSaid(api, `The API listens on http://127.0.0.1:${port}`);
  // It accepts nobody now: who is not let in to wait is turned away.
  api.signal('SIGSTOP');
  const connections = Array.from({ length: 1_500 }, () => connect(port, '127.0.0.1'));
  await Promise.all(connections.map((connection) => once(connection, 'connect')));
  api.signal('SIGCONT');
  for (const connection of connections) connection.destroy();
  api.signal('SIGTERM');
  expect((await api.ended).exitCode).toBe(0);
});

test('the API can be a process of its own', async () => {
  const url = `http://127.0.0.1:${ownPort()}`;
  const api = cli.start('api', '--port', new URL(url).port);
  await untilSaid(api, `The API listens on ${url}`);
  expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'ok' });
  api.signal('SIGTERM');
  expect((await api.ended).exitCode).toBe(0);
});
