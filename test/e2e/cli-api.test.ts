import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import type { StoredEntry, StoredPlace } from '../../src/domain/audit/verify-chain';
import { readServersRecord } from '../../src/embedded/servers-record';
import { CommandLine, untilSaid } from '../helpers/e2e/command-line';
import type { RunningCommand } from '../helpers/e2e/command-line';
import { ownPort } from '../helpers/own-ports';
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

/** Somebody who has taken over the database, and not the key of the log. */
async function tamper(seq: number, actor: string): Promise<void> {
  const url = readServersRecord(join(cli.dataDirectory, 'servers.json'))?.postgres?.url;
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('ALTER TABLE audit_log DISABLE TRIGGER audit_log_append_only');
    const { rowCount } = await client.query(
      `UPDATE audit_log SET entry = jsonb_set(entry, '{actor}', to_jsonb($2::text)) WHERE workspace = 'default' AND seq = $1`,
      [seq, actor],
    );
    expect(rowCount).toBe(1);
  } finally {
    await client.query('ALTER TABLE audit_log ENABLE TRIGGER audit_log_append_only');
    await client.end();
  }
}

async function removeAll(): Promise<void> {
  const client = new Client({
    connectionString: readServersRecord(join(cli.dataDirectory, 'servers.json'))?.postgres?.url,
  });
  await client.connect();
  await client.query('SET session_replication_role = replica');
  await client.query('TRUNCATE audit_log, audit_heads, audit_anchors');
  await client.end();
}

test('the audit log is verified and exported by commands, and an entry that was tampered with is found', async () => {
  const whole =
    /^The audit log of workspace default is whole: \d+ entries, signed up to entry \d+, \d+ anchors, [1-9]\d* of them kept in \S+audit-anchors\.jsonl\.\n$/;
  expect(await cli.run('audit', 'verify')).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(whole) });

  const { exitCode, stdout: exported } = await cli.run('audit', 'export');
  const lines = exported
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as StoredEntry | StoredPlace);
  const entries = lines.filter((line): line is StoredEntry => 'entry' in line);
  const places = lines.filter((line): line is StoredPlace => !('entry' in line));
  expect([exitCode, entries.map(({ seq }) => seq)]).toEqual([0, entries.map((_, at) => at + 1)]);
  expect(places[0]).toMatchObject({ kind: 'head', seq: entries.length, signature: expect.stringMatching(/./) });
  const made = entries.find(({ entry }) => entry.action === 'tokens create' && entry.outcome === 'succeeded');
  if (!made) throw new Error('the token that was made is not in the log');
  const file = join(cli.directory, 'audit.jsonl');
  writeFileSync(file, exported);
  expect(await cli.run('audit', 'verify', '--anchors', file)).toMatchObject({ exitCode: 0 });

  await tamper(made.seq, 'cli:somebody@elsewhere');
  const words = `entry ${made.seq}, or the one before it, is not the one that was written`;
  const found = await cli.run('audit', 'verify');
  expect([found.exitCode, found.stdout]).toEqual([1, expect.stringContaining('was tampered with')]);
  expect(found.stdout).toContain(words);
  const told = await cli.run('audit', 'verify', '-o', 'json');
  expect([told.exitCode, JSON.parse(told.stdout)]).toMatchObject([
    1,
    { isSound: false, faults: expect.arrayContaining([{ seq: made.seq, detail: words }]) },
  ]);
  // The export shows what is there now, and not what was written.
  expect((await cli.run('audit', 'export')).stdout).toContain('cli:somebody@elsewhere');

  await tamper(made.seq, made.entry.actor);
  expect(await cli.run('audit', 'verify')).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(whole) });

  // Nothing is left that could be wrong in itself; but what was there is known outside.
  await removeAll();
  const gone = await cli.run('audit', 'verify');
  expect([gone.exitCode, gone.stdout]).toEqual([1, expect.stringContaining('is missing: the chain was cut off')]);
});

test('where the API cannot listen, one line says what to choose instead', async () => {
  const { port } = new URL(url);
  expect(await cli.run('api', '--port', port)).toMatchObject({
    exitCode: 4,
    stderr: `The API cannot listen on 127.0.0.1:${port} (EADDRINUSE). Choose another port with --port.\n`,
  });
});

test('the API does not listen for other machines before somebody made a token', async () => {
  const address = ['--host', '0.0.0.0', '--port', String(ownPort())];
  const refused = await cli.run('api', ...address);
  expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('orchestra tokens create') });
  await cli.run('tokens', 'create', 'ci', '--role', 'user');
  const nowhere = await cli.run('api', '--host', 'nowhere.invalid');
  expect(nowhere.exitCode).toBe(4);
  expect(nowhere.stderr).toMatch(/^The API cannot listen on .* Choose an address of this machine with --host\.\n$/);
  const api = cli.start('api', ...address);
  await untilSaid(api, 'The API listens on');
  api.signal('SIGTERM');
  expect((await api.ended).exitCode).toBe(0);
});
