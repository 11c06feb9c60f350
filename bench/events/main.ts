import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { createApiToken } from '../../src/main/api-tokens';
import { readConfiguration } from '../../src/main/configuration';
import { startLocal } from '../../src/main/local';
import type { LocalInstallation } from '../../src/main/local';
import { subscribe } from '../../test/helpers/events/sse-client';
import type { SseConnection } from '../../test/helpers/events/sse-client';
import { delaysIn, formatEvents, isWhole } from './results';
import type { EventResults } from './results';

const [subscribers = 100, seconds = 20, perSecond = 50] = process.argv.slice(2, 5).map(Number);
const date = new Date().toISOString().slice(0, 10);
const out = process.argv[5] ?? join(__dirname, '..', 'results', `${date}-events.json`);
const writers = 4;
const workspace = 'default';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** How long after its commit an event is with each of many subscribers: embedded servers, the API a process of its own, subscribers in this one. */
async function main(): Promise<void> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'orchestra-bench-'));
  // PostgreSQL may run as another user than we do.
  await chmod(dataDirectory, 0o755);
  const { HOME, PATH, TMPDIR, ORCHESTRA_TEMPORAL_EXECUTABLE } = process.env;
  const environment = { HOME, PATH, TMPDIR, ORCHESTRA_TEMPORAL_EXECUTABLE };
  try {
    const configuration = readConfiguration(environment, dataDirectory);
    const installation = await startLocal({ configuration, environment, report: say, roles: [] });
    try {
      const results = await measure(installation, dataDirectory);
      for (const sentence of formatEvents(results)) say(sentence);
      if (!isWhole(results)) throw new Error('An event is missing, or came twice: nothing is written.');
      await writeFile(out, `${JSON.stringify(results, null, 2)}\n`);
      say(`written: ${out}`);
    } finally {
      await installation.stop();
    }
  } finally {
    await rm(dataDirectory, { recursive: true, force: true });
  }
}

async function measure(installation: LocalInstallation, dataDirectory: string): Promise<EventResults> {
  const expiresAt = Date.now() + 3_600_000;
  const { token } = await createApiToken(installation.apiTokens, workspace, {
    name: 'bench',
    role: 'viewer',
    expiresAt,
  });
  const api = await startApiProcess(dataDirectory);
  const connections: SseConnection[] = [];
  const committing = new Map<string, number>();
  const delaysMs: number[] = [];
  let repeated = 0;
  try {
    for (let nth = 0; nth < subscribers; nth++) {
      const come = new Set<string>();
      const onEvent = ({ data }: { data: Record<string, unknown> }): void => {
        const event = `${String(data['session'])} ${String(data['seq'])}`;
        const at = committing.get(event);
        if (at === undefined) return;
        if (come.has(event)) repeated++;
        else delaysMs.push(performance.now() - at);
        come.add(event);
      };
      connections.push(await subscribe(api.url, token, '', { onEvent }));
    }
    const written = await write(installation.addresses.databaseUrl, committing);
    for (let tries = 0; delaysMs.length < written * subscribers && tries < 100; tries++) await delay(100);
    const load = Math.round((loadavg()[0] ?? NaN) * 10) / 10;
    const counts = { subscribers, writers, perSecond, events: written, arrived: delaysMs.length, repeated };
    return { date, ...counts, delayMs: delaysIn(delaysMs), load };
  } finally {
    for (const connection of connections) connection.cut();
    api.child.kill();
    await once(api.child, 'exit');
  }
}

/** Events of sessions, each in a transaction of its own, at an even pace. */
async function write(databaseUrl: string, committing: Map<string, number>): Promise<number> {
  const each = Math.round((seconds * perSecond) / writers);
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      const client = new Client({ connectionString: databaseUrl });
      await client.connect();
      const startedAt = performance.now();
      for (let seq = 1; seq <= each; seq++) {
        await delay(
          Math.max(0, startedAt + ((seq + writer / writers) * 1_000 * writers) / perSecond - performance.now()),
        );
        await client.query('BEGIN');
        await client.query(insertText, [workspace, `bench-${writer}`, seq]);
        // From before the commit is asked for: what is measured contains the commit.
        committing.set(`bench-${writer} ${seq}`, performance.now());
        await client.query('COMMIT');
      }
      await client.end();
    }),
  );
  return each * writers;
}

const insertText = `
  INSERT INTO session_events (workspace, session, seq, turn, at, type, run, data)
  VALUES ($1, $2, $3, 1, now(), 'task-queued', 'task', '{}')`;

async function startApiProcess(dataDirectory: string): Promise<{ child: ChildProcess; url: string }> {
  const port = 20_000 + (process.pid % 10_000);
  const child = fork(join(__dirname, '..', '..', 'bin', 'orchestra.js'), ['api', '--port', String(port)], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ORCHESTRA_DATA: dataDirectory },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  if (child.stdout) await once(child.stdout, 'data');
  return { child, url: `http://127.0.0.1:${port}` };
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
