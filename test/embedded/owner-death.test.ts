import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { Client } from 'pg';
import type { EmbeddedServers } from '../../src/embedded/embedded-servers';
import { findRunningServers } from '../../src/embedded/find-running-servers';
import { startEmbeddedServers } from '../../src/embedded/start-embedded-servers';
import { commandLine } from '../../src/processes/command-line';
import { readProcess, readStartTime } from '../../src/processes/read-process';
import { ownPorts } from '../helpers/own-ports';
import { until } from '../helpers/until';
import { killOwners, startOwner, type OwnerProcess } from './owner-process';
import { removeTemporaryDirectories, temporaryDirectory } from './temporary-directory';

const started: EmbeddedServers[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((servers) => servers.stop()));
  killOwners();
});
afterAll(removeTemporaryDirectories);

async function start(dataDirectory: string, systemDirectory = temporaryDirectory()): Promise<EmbeddedServers> {
  const servers = await startEmbeddedServers({
    dataDirectory,
    environment: process.env,
    headless: true,
    systemDirectory,
  });
  started.push(servers);
  return servers;
}

async function inDatabase<Row>(url: string, text: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows as Row[];
  } finally {
    await client.end();
  }
}

const zombieKeepers: ChildProcess[] = [];
afterEach(() => zombieKeepers.splice(0).forEach((keeper) => keeper.kill('SIGKILL')));

/** The pid of a process of this user that has ended and whose parent never asks how. */
async function startZombie(uid: number): Promise<number> {
  // The shell would ask: so the process ends only when the shell has become a program that does not, which shows in its answer.
  const script = 'cat <&3 >/dev/null & echo $!; exec cat';
  const keeper = spawn('sh', ['-c', script], { uid, stdio: ['pipe', 'pipe', 'inherit', 'pipe'] });
  zombieKeepers.push(keeper);
  const [stdin, stdout, , ofChild] = keeper.stdio as unknown as [Writable, Readable, null, Writable];
  const [line] = (await once(stdout, 'data')) as [Buffer];
  stdin.write('are you there?');
  await once(stdout, 'data');
  ofChild.end();
  const pid = Number(line.toString('utf8'));
  await until('it is a zombie', () => readProcess(pid) === null);
  expect(readStartTime(pid)).not.toBeNull();
  return pid;
}

const isGone = (pid: number): boolean => readProcess(pid) === null;

/** Kills the owner and its guardian so that neither can do anything about the other's death. */
function killOwnerAndGuardian(owner: OwnerProcess): void {
  owner.child.kill('SIGSTOP');
  process.kill(owner.guardianPid, 'SIGKILL');
  owner.child.kill('SIGKILL');
}

/** All server processes of a data folder, found by their arguments. */
function serversOf(dataDirectory: string): number[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.filter((pid) => {
    const [program = '', ...args] = commandLine(pid);
    return /(temporal|postgres)$/.test(program) && args.some((argument) => argument.startsWith(`${dataDirectory}/`));
  });
}

async function expectNewServersWithOldData(dataDirectory: string, owner: OwnerProcess): Promise<void> {
  const servers = await start(dataDirectory);
  expect(servers).toMatchObject({ owned: true, ownerPid: process.pid });
  expect(isGone(owner.temporalPid) && isGone(owner.postgresPid)).toBe(true);
  expect(servers.temporal.address).toBe(owner.address);
  expect(servers.postgres.url).toBe(owner.databaseUrl);
  expect(await inDatabase(servers.postgres.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  if (process.platform === 'linux') {
    // A connection's process goes by the server's name until it has given itself its own.
    const own = [servers.temporal.pid(), servers.postgres.pid()].sort();
    await until('they are the only ones', () => serversOf(dataDirectory).sort().join() === own.join());
  }
}

async function startOwnerWithData(dataDirectory: string): Promise<OwnerProcess> {
  const owner = await startOwner({ dataDirectory, headless: true, ports: ownPorts() });
  expect(owner.owned).toBe(true);
  await inDatabase(owner.databaseUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');
  return owner;
}

describe('when the owner of the servers', () => {
  test('stops, another process can own them', async () => {
    const dataDirectory = temporaryDirectory();
    const owner = await startOwnerWithData(dataDirectory);
    const joined = await start(dataDirectory);
    expect(joined).toMatchObject({ owned: false, ownerPid: owner.child.pid });
    expect(joined.temporal.pid()).toBe(owner.temporalPid);
    await owner.stop();
    expect(isGone(owner.temporalPid) && isGone(owner.postgresPid)).toBe(true);
    await expectNewServersWithOldData(dataDirectory, owner);
  });

  test('is killed, the servers end by themselves', async () => {
    const dataDirectory = temporaryDirectory();
    const owner = await startOwnerWithData(dataDirectory);
    owner.child.kill('SIGKILL');
    await until('the servers end', () => isGone(owner.temporalPid) && isGone(owner.postgresPid));
    await until('the guardian ends', () => isGone(owner.guardianPid));
    expect(await findRunningServers(dataDirectory)).toBeNull();
    await expectNewServersWithOldData(dataDirectory, owner);
  });

  test('is killed and started again at once, the servers are not doubled', async () => {
    const dataDirectory = temporaryDirectory();
    const owner = await startOwnerWithData(dataDirectory);
    const exit = once(owner.child, 'exit');
    owner.child.kill('SIGKILL');
    await exit;
    // The guardian is still ending the old servers.
    await expectNewServersWithOldData(dataDirectory, owner);
  });

  test('is killed together with its guardian, the servers it leaves behind are replaced', async () => {
    const dataDirectory = temporaryDirectory();
    const owner = await startOwnerWithData(dataDirectory);
    killOwnerAndGuardian(owner);
    await until('owner and guardian are gone', () => isGone(owner.child.pid ?? 0) && isGone(owner.guardianPid));
    expect(isGone(owner.temporalPid) || isGone(owner.postgresPid)).toBe(false);
    expect(await findRunningServers(dataDirectory)).toBeNull();
    await expectNewServersWithOldData(dataDirectory, owner);
  });

  test.each([
    // In a container the pid in PostgreSQL's pid file may by now be that of any program.
    ['its pid is that of another program', () => process.pid],
    // Where pid 1 does not reap, the dead server keeps its pid.
    ['it is a zombie', startZombie],
  ])('is killed together with everything and %s, the stale state does not stand in the way', async (_, takePid) => {
    const dataDirectory = temporaryDirectory();
    const owner = await startOwnerWithData(dataDirectory);
    killOwnerAndGuardian(owner);
    for (const pid of [owner.temporalPid, owner.postgresPid]) process.kill(pid, 'SIGKILL');
    await until('all are dead', () => [owner.temporalPid, owner.postgresPid, owner.guardianPid].every(isGone));
    const pidFile = path.join(dataDirectory, 'postgres', 'postmaster.pid');
    writeFileSync(pidFile, readFileSync(pidFile, 'utf8').replace(/^\d+/, String(await takePid(statSync(pidFile).uid))));
    await expectNewServersWithOldData(dataDirectory, owner);
  });
});

(userInfo().uid === 0 ? test : test.skip)(
  "as root, a data folder that PostgreSQL's user cannot reach works too",
  async () => {
    const home = temporaryDirectory();
    chmodSync(home, 0o700);
    const dataDirectory = path.join(home, '.orchestra');
    const systemDirectory = temporaryDirectory();
    const first = await start(dataDirectory, systemDirectory);
    await inDatabase(first.postgres.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    const [row] = await inDatabase<{ data_directory: string }>(first.postgres.url, 'SHOW data_directory');
    expect(row?.data_directory.startsWith(`${systemDirectory}/postgres-`)).toBe(true);
    expect(readFileSync(path.join(dataDirectory, 'postgres-location'), 'utf8').trim()).toBe(row?.data_directory);
    expect(existsSync(path.join(dataDirectory, 'postgres'))).toBe(false);
    await first.stop();

    const second = await start(dataDirectory, systemDirectory);
    expect(await inDatabase(second.postgres.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  },
);
