import { Connection } from '@temporalio/client';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import path from 'node:path';
import { Client } from 'pg';
import type { EmbeddedServers, EmbeddedServersOptions } from '../../src/embedded/embedded-servers';
import { findRunningServers } from '../../src/embedded/find-running-servers';
import { inspectEmbedded } from '../../src/embedded/inspect-embedded';
import { startEmbeddedServers } from '../../src/embedded/start-embedded-servers';
import { listensOn } from '../../src/processes/listens-on';
import { readProcess } from '../../src/processes/read-process';
import { ownPorts } from '../helpers/own-ports';
import { until } from '../helpers/until';
import { removeTemporaryDirectories, temporaryDirectory } from './temporary-directory';

const started: EmbeddedServers[] = [];
const listeners: Server[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((servers) => servers.stop()));
  for (const listener of listeners.splice(0)) listener.close();
});
afterAll(removeTemporaryDirectories);

async function start(
  options: Partial<Omit<EmbeddedServersOptions, 'elsewhere'>> & { dataDirectory: string },
): Promise<EmbeddedServers> {
  const servers = await startEmbeddedServers({ environment: process.env, headless: true, ...options });
  started.push(servers);
  return servers;
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

async function customSearchAttributes({ address, namespace }: EmbeddedServers['temporal']): Promise<string[]> {
  const connection = await Connection.connect({ address });
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    return Object.keys(customAttributes).filter((name) => name.startsWith('Orchestra'));
  } finally {
    await connection.close();
  }
}

async function removeSearchAttribute({ address, namespace }: EmbeddedServers['temporal'], name: string): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    await connection.operatorService.removeSearchAttributes({ namespace, searchAttributes: [name] });
  } finally {
    await connection.close();
  }
}

const isGone = (pid: number): boolean => readProcess(pid) === null;

describe('the embedded servers', () => {
  test('run a real PostgreSQL and a real Temporal with Web UI on the loopback address, and stop without a trace', async () => {
    const dataDirectory = path.join(temporaryDirectory(), '.orchestra');
    const servers = await start({ dataDirectory, headless: false });
    expect(servers).toMatchObject({ owned: true, ownerPid: process.pid });

    const [row] = await query(
      servers.postgres.url,
      `SELECT current_database() AS database, current_setting('fsync') AS fsync, current_setting('listen_addresses') AS listens`,
    );
    expect(row).toEqual({ database: 'orchestra', fsync: 'on', listens: '127.0.0.1' });
    expect((await customSearchAttributes(servers.temporal)).sort()).toEqual([
      'OrchestraMode',
      'OrchestraPlan',
      'OrchestraStatus',
      'OrchestraWorkspace',
    ]);
    expect((await fetch(servers.temporal.webUiUrl ?? '')).status).toBe(200);
    for (const secret of ['servers.json', 'postgres-password']) {
      expect(statSync(path.join(dataDirectory, secret)).mode & 0o077).toBe(0);
    }

    const pids = [servers.temporal.pid(), servers.postgres.pid()];
    await servers.stop();
    expect(pids.filter((pid) => !isGone(pid))).toEqual([]);
    expect(await findRunningServers(dataDirectory)).toBeNull();
    expect(existsSync(path.join(dataDirectory, 'servers.json'))).toBe(false);
  });

  test('are joined, not doubled, by a second start, and stay up when the second one stops', async () => {
    const dataDirectory = temporaryDirectory();
    const [one, other] = await Promise.all([start({ dataDirectory }), start({ dataDirectory })]);
    expect([one.owned, other.owned].sort()).toEqual([false, true]);
    const [owner, joined] = one.owned ? [one, other] : [other, one];
    expect(joined.temporal.address).toBe(owner.temporal.address);
    expect(joined.postgres.url).toBe(owner.postgres.url);
    expect([joined.temporal.pid(), joined.postgres.pid()]).toEqual([owner.temporal.pid(), owner.postgres.pid()]);

    await joined.stop();
    expect(await findRunningServers(dataDirectory)).toEqual({
      dataDirectory,
      ownerPid: process.pid,
      temporal: {
        address: owner.temporal.address,
        namespace: 'default',
        pid: owner.temporal.pid(),
        webUiUrl: null,
      },
      postgres: { url: owner.postgres.url, pid: owner.postgres.pid() },
    });
    const facts = await inspectEmbedded({ dataDirectory, environment: process.env });
    expect(facts).toMatchObject({
      running: { ownerPid: process.pid },
      dataDirectory: { path: dataDirectory, exists: true, writable: true },
      postgres: {
        version: expect.stringMatching(/^\d+\./) as string,
        problem: null,
        missingLinks: 0,
        clusterExists: true,
      },
    });
    expect(facts.temporal.executable).not.toBeNull();
  });

  test('keep their data, their ports and the search attributes over a restart', async () => {
    const dataDirectory = temporaryDirectory();
    const first = await start({ dataDirectory, ports: ownPorts() });
    await query(first.postgres.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    const { address } = first.temporal;
    // As if the database had been made by a version that did not know this one yet.
    await removeSearchAttribute(first.temporal, 'OrchestraMode');
    expect(await customSearchAttributes(first.temporal)).toHaveLength(3);
    await first.stop();

    const second = await start({ dataDirectory });
    expect(second.owned).toBe(true);
    expect(second.temporal.address).toBe(address);
    expect(second.postgres.url).toBe(first.postgres.url);
    expect(await query(second.postgres.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    expect(await customSearchAttributes(second.temporal)).toHaveLength(4);
  });

  test('of two data folders run side by side, even when they are started at the same moment', async () => {
    const [one, other] = await Promise.all([
      start({ dataDirectory: temporaryDirectory(), headless: false }),
      start({ dataDirectory: temporaryDirectory(), headless: false }),
    ]);
    expect(one.temporal.address).not.toBe(other.temporal.address);
    expect(one.temporal.webUiUrl).not.toBe(other.temporal.webUiUrl);
    expect(one.postgres.url).not.toBe(other.postgres.url);
    for (const { temporal, postgres } of [one, other]) {
      expect(listensOn(temporal.pid(), Number(temporal.address.split(':')[1]))).toBe(true);
      expect(listensOn(postgres.pid(), Number(new URL(postgres.url).port))).toBe(true);
    }
  });

  test('evade ports that are taken', async () => {
    const taken = await Promise.all([takePort(), takePort(), takePort()]);
    const [temporal, webUi, postgres] = taken;
    const servers = await start({
      dataDirectory: temporaryDirectory(),
      headless: false,
      ports: { temporal, webUi, postgres },
    });
    for (const url of [`tcp://${servers.temporal.address}`, servers.temporal.webUiUrl ?? '', servers.postgres.url]) {
      expect(taken).not.toContain(Number(new URL(url).port));
    }
    expect(await query(servers.postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test.each(['temporal', 'postgres'] as const)(
    'get over a kill of %s: it is restarted on the same port and data',
    async (name) => {
      const dataDirectory = temporaryDirectory();
      const messages: string[] = [];
      const onProgress = (message: string): void => void messages.push(message);
      const servers = await start({ dataDirectory, ports: ownPorts(), onProgress });
      await query(servers.postgres.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
      const open = new Client({ connectionString: servers.postgres.url });
      open.on('error', () => undefined);
      await open.connect();

      for (let kill = 0; kill < 2; kill += 1) {
        const pid = servers[name].pid();
        process.kill(pid, 'SIGKILL');
        await until('the server has another pid', () => servers[name].pid() !== pid);
        const running = await findRunningServers(dataDirectory);
        expect(running).toMatchObject({
          temporal: { pid: servers.temporal.pid(), address: servers.temporal.address },
          postgres: { pid: servers.postgres.pid() },
        });
        expect(await query(servers.postgres.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
        expect(await customSearchAttributes(servers.temporal)).toHaveLength(4);
      }
      await open.end().catch(() => undefined);
      expect(messages.filter((message) => message.includes('ended unexpectedly (signal SIGKILL)'))).toHaveLength(2);
    },
  );

  test('can be stopped while a killed server is being restarted', async () => {
    const servers = await start({ dataDirectory: temporaryDirectory() });
    const pids = [servers.temporal.pid(), servers.postgres.pid()];
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await until('both are dead', () => pids.every(isGone));
    await servers.stop();
    for (const { pid } of [servers.temporal, servers.postgres]) expect(isGone(pid())).toBe(true);
  });

  test('end what was started when one of them cannot start, and say why', async () => {
    const dataDirectory = temporaryDirectory();
    const start = startEmbeddedServers({
      dataDirectory,
      environment: process.env,
      headless: true,
      temporalExecutable: '/bin/false',
    });
    await expect(start).rejects.toMatchObject({
      code: 'EMBEDDED_START_FAILED',
      message: expect.stringContaining('Correct ORCHESTRA_TEMPORAL_EXECUTABLE') as string,
    });
    expect(existsSync(path.join(dataDirectory, 'postgres', 'postmaster.pid'))).toBe(false);
    expect(await findRunningServers(dataDirectory)).toBeNull();
  });
});

async function takePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  listeners.push(listener);
  await once(listener, 'listening');
  return (listener.address() as AddressInfo).port;
}
