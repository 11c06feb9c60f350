import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { healthQueue, learningQueue } from '../../src/contracts/protocol/queues';
import { ApiClient } from '../api/api-client';
import { ownServices, readCompose } from '../helpers/compose';
import type { ComposeService } from '../helpers/compose';
import { AgentTraces } from '../helpers/e2e/agent-traces';
import { ownPort } from '../helpers/own-ports';
import { samplesOf } from '../helpers/samples';
import type { Samples } from '../helpers/samples';
import { createTestDatabase } from '../helpers/servers/test-database';
import type { TestDatabase } from '../helpers/servers/test-database';
import { until } from '../helpers/until';

/*
 * The processes of the compose file, with its commands and its environment, against a PostgreSQL and a Temporal server that run already.
 * Only addresses are others: no container gives them names.
 */

const name = `deploy_${randomBytes(6).toString('hex')}`;
const directory = mkdtempSync(join(tmpdir(), 'orchestra-deploy-'));
const serverUrl = new URL(process.env['TEST_DATABASE_URL'] ?? '');
const temporalAddress = process.env['TEST_TEMPORAL_ADDRESS'] ?? '';
const traces = new AgentTraces();

const services = new Map(
  ownServices(
    readCompose({
      POSTGRES_PASSWORD: 'secret',
      ORCHESTRA_SECRET_KEYS: `first:${randomBytes(32).toString('base64')}`,
      ORCHESTRA_AUDIT_KEYS: `a1:${randomBytes(32).toString('base64')}`,
    }),
  ),
);

interface Process {
  child: ChildProcess;
  said: string;
  status: string;
  ended: Promise<number | null>;
}

const running: Process[] = [];
let database: TestDatabase;
const apiPort = ownPort();

/** Whatever in it names a machine of the compose network names one of this machine. */
function startService(service: string, command?: string[], given: Record<string, string | undefined> = {}): Process {
  const { environment = {}, command: ownCommand = [] } = services.get(service) as ComposeService;
  const metricsPort = ownPort();
  const variables = {
    ...environment,
    DATABASE_URL: database.url,
    ORCHESTRA_TEMPORAL_ADDRESS: environment['ORCHESTRA_TEMPORAL_ADDRESS']?.replace('temporal:7233', temporalAddress),
    ORCHESTRA_METRICS_ADDRESS: environment['ORCHESTRA_METRICS_ADDRESS']?.replace(
      '0.0.0.0:9464',
      `127.0.0.1:${metricsPort}`,
    ),
    // Others use the same Temporal server.
    ORCHESTRA_TASK_QUEUE: name,
    ORCHESTRA_LEASE_MS: '3000',
    ORCHESTRA_DATA: directory,
    ORCHESTRA_AUDIT_ANCHORS: join(directory, 'audit-anchors.jsonl'),
    ...given,
    PATH: process.env['PATH'],
  };
  const places: Record<string, string> = { '0.0.0.0': '127.0.0.1', '4700': `${apiPort}` };
  const words = (command ?? ownCommand).map((word) => places[word] ?? word);
  const child = spawn(process.execPath, [join(process.cwd(), 'bin/orchestra.js'), ...words], {
    cwd: directory,
    env: variables,
    stdio: 'pipe',
  });
  const started: Process = {
    child,
    said: '',
    status: `http://127.0.0.1:${metricsPort}`,
    // And has been heard to the end.
    ended: once(child, 'close').then(([code]) => code as number | null),
  };
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (started.said += text));
  running.push(started);
  return started;
}

/** The lines of its log, without what else it says. */
function linesOf({ said }: Process): Record<string, unknown>[] {
  return said
    .split('\n')
    .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []));
}

async function untilReady(started: Process): Promise<void> {
  await until(
    'the process is ready',
    () =>
      fetch(`${started.status}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      ),
    120_000,
  ).catch((error: unknown) => {
    throw new Error(`${(error as Error).message}, but said:\n${started.said}`);
  });
}

async function startReady(service: string): Promise<Process> {
  const started = startService(service);
  await untilReady(started);
  return started;
}

async function run(service: string, command?: string[]): Promise<string> {
  const started = startService(service, command);
  const exitCode = await started.ended;
  expect({ exitCode, said: exitCode === 0 ? '' : started.said }).toEqual({ exitCode: 0, said: '' });
  return started.said;
}

const metricsOf = async ({ status }: Process): Promise<Samples> =>
  samplesOf(await (await fetch(`${status}/metrics`)).text());

/** As Docker and Kubernetes do it; they kill what has not ended after a minute. */
async function terminate(started: Process): Promise<void> {
  started.child.kill('SIGTERM');
  const exitCode = await started.ended;
  expect({ exitCode, said: exitCode === 0 ? '' : started.said }).toEqual({ exitCode: 0, said: '' });
}

beforeAll(async () => {
  database = await createTestDatabase('empty', name);
});

afterAll(async () => {
  traces.openGate('all');
  for (const { child } of running) if (child.exitCode === null) child.kill('SIGKILL');
  await Promise.all(running.map(({ ended }) => ended));
  const connection = await Connection.connect({ address: temporalAddress });
  const { schedule } = new Client({ connection });
  for (const id of [learningQueue(name), healthQueue(name)])
    await schedule
      .getHandle(id)
      .delete()
      .catch(() => undefined);
  await connection.close();
  await database.drop();
  traces.clear();
  rmSync(directory, { recursive: true, force: true });
});

test('the services of the compose file do a plan, and lose nothing when workers are told to end in the middle of it', async () => {
  expect(await run('migrate')).toMatch(/^Applied 0001_sessions, .*up to date\.\n$/);
  expect(await run('migrate')).toBe('Nothing to do. The database is up to date.\n');
  const created = await run('migrate', ['tokens', 'create', 'admin', '--role', 'admin', '-o', 'json']);
  const { token } = JSON.parse(created) as { token: string };
  const vouched = /is whole: 2 entries, signed up to entry 2, 2 anchors, 1 of them kept in \S+audit-anchors\.jsonl\.$/m;
  expect(await run('migrate', ['audit', 'verify'])).toMatch(vouched);
  // Whoever forgets the key of the audit log is told, and nobody else is let in.
  const unsigned = startService('api', ['api', '--host', '::', '--port', '4700'], {
    ORCHESTRA_AUDIT_KEYS: undefined,
  });
  expect(await unsigned.ended).toBe(2);
  expect(linesOf(unsigned)).toContainEqual(
    expect.objectContaining({ level: 'warn', msg: expect.stringContaining('The audit log is not signed') }),
  );
  expect(unsigned.said).toContain('The API does not listen on ::');
  const [api, sessions, agents, , health] = await Promise.all(
    ['api', 'session-worker', 'agent-worker', 'learning-worker', 'health-worker'].map(startReady),
  );
  if (!api || !sessions || !agents || !health) throw new Error('five services were started');

  const client = new ApiClient(`http://127.0.0.1:${apiPort}`, token);
  const agent = (kind: string) => ({ connector: 'command', command: traces.command(kind as never), stdin: 'none' });
  const plan = {
    version: 1,
    name: 'deployed',
    agents: { free: agent('free'), held: agent('held') },
    defaults: { retry: { attempts: 1 } },
    tasks: {
      first: { agent: 'free' },
      long: { needs: ['first'], agent: 'held' },
      last: { needs: ['long'], agent: 'free' },
    },
  };
  const { status, headers } = await client.post('/v1/sessions', { plan }, { 'x-request-id': 'begin-1' });
  expect(status).toBe(202);
  const session = headers.get('location') ?? '';
  await until('the held agent runs', () => traces.of('long', 'started').length === 1);

  // What it has begun is handed over, and what comes next is decided by another.
  await Promise.all([terminate(agents), terminate(sessions)]);
  expect(traces.of('long', 'told to stop')).toHaveLength(1);
  expect(traces.living()).toEqual([]);
  const [laterSessions, laterAgents] = await Promise.all([startReady('session-worker'), startReady('agent-worker')]);
  await until('another attempt runs', () => traces.of('long', 'started').length === 2);
  traces.openGate('long');
  await until('the session has ended', async () => (await client.get(`${session}/result`)).status === 200);
  expect((await client.get(session)).body).toMatchObject({ status: 'succeeded' });
  expect((await client.get(`${session}/tasks/last`, { 'x-request-id': 'look-1' })).status).toBe(200);
  const counts = ['first', 'last'].map((task) => traces.of(task, 'started').length);
  expect(counts).toEqual([1, 1]);

  // A session has ended before the one that ended it has counted it, and before Temporal's SDK has measured how.
  await until('the session is counted', async () => {
    const metrics = await metricsOf(laterSessions);
    const isTemporalMeasured = [...metrics.keys()].some((sample) =>
      sample.startsWith('temporal_workflow_task_execution_latency'),
    );
    return metrics.get('orchestra_sessions_total{status="succeeded"}') === 1 && isTemporalMeasured;
  });
  expect((await metricsOf(health)).get('orchestra_sessions_open')).toBe(0);

  // All ended properly, and wrote their logs as JSON lines that hold no secret.
  await Promise.all(running.filter(({ child }) => child.exitCode === null).map(terminate));
  for (const { said } of running) expect(said).not.toContain(serverUrl.password);
  expect(api.said).not.toContain(token);
  const strays = sessions.said.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
  expect(strays).toEqual([expect.stringMatching(/^Takes sessions from /)]);

  // By its ids, a session is followed from the request that began it through all of them.
  const id = session.split('/').at(-1);
  const told = (process: Process, fields: object): void =>
    expect(linesOf(process)).toContainEqual(expect.objectContaining(fields));
  const answered = { msg: 'request completed', session: id };
  told(api, { ...answered, reqId: 'begin-1' });
  told(api, { ...answered, reqId: 'look-1', task: 'last' });
  const ofSession = { level: 'info', workspace: 'default', session: id };
  told(sessions, { ...ofSession, msg: 'Session started', plan: 'deployed' });
  told(laterSessions, { ...ofSession, msg: 'Session ended', status: 'succeeded' });
  const ofAttempt = { ...ofSession, msg: 'Agent answered', attempt: 1 };
  told(agents, { ...ofAttempt, task: 'first', agent: 'free', result: 'succeeded' });
  told(laterAgents, { ...ofAttempt, task: 'last', agent: 'free', result: 'succeeded' });
}, 600_000);
