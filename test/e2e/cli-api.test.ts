import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CommandLine, untilSaid } from '../helpers/e2e/command-line';
import type { RunningCommand } from '../helpers/e2e/command-line';
import { until } from '../helpers/until';
import { ApiClient } from '../api/api-client';

const cli = new CommandLine();
let dev: RunningCommand;
let url: string;

beforeAll(async () => {
  dev = cli.start('dev');
  await untilSaid(dev, 'orchestra dev is ready');
  [, url = ''] = /API +(http:\S+)/.exec(dev.said.stdout) ?? [];
});
afterAll(() => cli.clear());

const tokenFile = join(cli.dataDirectory, 'api-token');

test('a program drives a session over HTTP alone, with the token of the data folder', async () => {
  expect(dev.said.stdout).toContain(tokenFile);
  expect(statSync(tokenFile).mode & 0o777).toBe(0o600);
  const client = new ApiClient(url, readFileSync(tokenFile, 'utf8').trim());
  expect((await client.get('/readyz')).body).toEqual({ status: 'ready' });
  const plan = {
    version: 1,
    name: 'over-http',
    inputs: { who: { type: 'string' } },
    tasks: { greet: { run: ['echo', 'Hello ${{ inputs.who }}'], output: 'text' } },
    outputs: { greeting: '${{ tasks.greet.output }}' },
  };
  const started = await client.post('/v1/sessions', { plan, inputs: { who: 'Ada' } });
  const location = started.headers.get('location') ?? '';
  expect(started).toMatchObject({ status: 202, body: { links: { self: location } } });
  await until('it has a result', async () => (await client.get(`${location}/result`)).status === 200);
  expect((await client.get(location)).body).toMatchObject({ status: 'succeeded', outputs: { greeting: 'Hello Ada' } });
});

test('what happened is followed from the command line, with the cursors of the API', async () => {
  const told = await cli.run('events', '--after', '0', '--types', 'session-*', '-n', '2', '-o', 'json');
  const events = told.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { id: string; type: string; session: string });
  expect([told.exitCode, events.map(({ type }) => type)]).toEqual([0, ['session-started', 'session-ended']]);
  const [first, last] = events;
  const rest = await cli.run(
    'events',
    '--after',
    first?.id ?? '',
    '--session',
    first?.session ?? '',
    '--types',
    'session-ended',
    '-n',
    '1',
  );
  expect(rest).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining(`session-ended  ${last?.session}  succeeded`),
  });
  expect(await cli.run('events', '--types', 'task-exploded')).toMatchObject({ exitCode: 2 });
  expect(await cli.run('events', '--after', '999999999')).toMatchObject({ exitCode: 2 });
});

test('a token is made for a role, listed, and revoked', async () => {
  const created = await cli.run('tokens', 'create', 'wallboard', '--role', 'viewer', '-o', 'json');
  const { id, token } = JSON.parse(created.stdout) as { id: string; token: string };
  const client = new ApiClient(url, token);
  expect((await client.get('/v1/sessions')).status).toBe(200);
  expect((await client.post('/v1/sessions/any/pause')).status).toBe(403);
  const listed = JSON.parse((await cli.run('tokens', 'list', '-o', 'json')).stdout) as { tokens: object[] };
  expect(listed.tokens).toMatchObject([
    { name: '@dev', role: 'admin' },
    { id, name: 'wallboard', role: 'viewer' },
  ]);
  expect(JSON.stringify(listed)).not.toContain(token.slice(-43));
  expect(await cli.run('tokens', 'revoke', id)).toMatchObject({ exitCode: 0 });
  await until('it is refused', async () => (await client.get('/v1/sessions')).status === 401);
  expect(await cli.run('tokens', 'revoke', id)).toMatchObject({ exitCode: 2 });
});

test('the API does not listen for other machines before somebody made a token', async () => {
  const refused = await cli.run('api', '--host', '0.0.0.0', '--port', '4795');
  expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('orchestra tokens create') });
  await cli.run('tokens', 'create', 'ci', '--role', 'user');
  const api = cli.start('api', '--host', '0.0.0.0', '--port', '4795');
  await untilSaid(api, 'The API listens on');
  api.signal('SIGTERM');
  expect((await api.ended).exitCode).toBe(0);
});
