import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { Client } from 'pg';
import type { LocalInstallation } from '../../src/main/local';
import { measure, warmUp } from '../echo/compare';
import type { Contender } from '../echo/contender';
import { projectContender, rawContender } from '../echo/contenders';
import type { EchoWork } from '../echo/scenarios';
import { describeMachine } from '../machine';
import { startRawWorker } from '../raw/start-raw-worker';
import { summarize } from '../statistics';
import { withInstallation } from '../with-installation';
import type { Measured } from '../with-installation';
import type { OpenPeer, Peer } from './engine';
import { parsePeerOptions, peerUsage } from './options';
import { peerTable } from './report';
import type { PeerResult } from './report';
import { peerScenarios } from './scenarios';

const say = (message: string): void => void process.stderr.write(`${message}\n`);

/** The same echo work on this project, on raw Temporal and on other engines, in turn, on the same machine and the same PostgreSQL. */
async function main(): Promise<void> {
  const options = parsePeerOptions(process.argv.slice(2));
  if (options.help) return void process.stdout.write(`${peerUsage}\n`);
  await withInstallation({}, say, async (measured) => {
    const rawWorker = await startRawWorker(measured.installation);
    const peers: Peer[] = [];
    try {
      for (const engine of options.engines) peers.push(await openPeer(engine, measured));
      const engines = [...(await ourselves(measured.installation)), ...peers];
      const results: PeerResult[] = [];
      for (const scenario of peerScenarios.filter(({ name }) => name.includes(options.only))) {
        const contenders: Contender[] = [];
        for (const engine of engines) contenders.push(await engine.contender(scenario.work));
        await warmUp(contenders, scenario, options.warmUpMs);
        const times = contenders.map((): number[] => []);
        // In turn, so that what else the machine does hits all.
        for (let repetition = 0; repetition < options.repetitions && !measured.signal.aborted; repetition++) {
          for (const [at, contender] of contenders.entries()) times[at]?.push(await measure(contender, scenario));
        }
        say(`${scenario.name}: measured`);
        results.push({
          scenario: scenario.name,
          engines: engines.map(({ name }, at) => ({ name, ms: summarize(times[at] ?? []) })),
        });
      }
      process.stdout.write(`${peerTable(results)}\n`);
      const date = new Date().toISOString().slice(0, 10);
      const out = options.out ?? join(__dirname, '..', 'results', `${date}-peers.json`);
      const described = engines.map(({ name, version, durability }) => ({ name, version, durability }));
      const machine = await describeMachine(measured.installation);
      await writeFile(out, `${JSON.stringify({ date, machine, engines: described, results }, null, 2)}\n`);
      say(`written: ${out}`);
    } finally {
      for (const peer of peers) await peer.close();
      await rawWorker.stop();
    }
  });
}

interface Engine extends Pick<Peer, 'name' | 'version' | 'durability'> {
  contender(work: EchoWork): Contender | Promise<Contender>;
}

async function ourselves(installation: LocalInstallation): Promise<Engine[]> {
  const { temporalServer, postgres } = await describeMachine(installation);
  const temporal = { version: `server ${temporalServer}`, durability: 'history in SQLite (WAL)' };
  const project = { version: 'this checkout', durability: `PostgreSQL ${postgres} with fsync, and Temporal` };
  return [
    {
      name: 'this project, inline',
      ...project,
      contender: (work) => projectContender(installation, { ...work, inline: true }),
    },
    { name: 'this project', ...project, contender: (work) => projectContender(installation, work) },
    { name: 'raw Temporal', ...temporal, contender: (work) => rawContender(installation, work) },
    {
      name: 'raw Temporal, local activities',
      ...temporal,
      contender: (work) => rawContender(installation, { ...work, local: true }),
    },
  ];
}

/** Each with a database of its own. */
async function openPeer(engine: string, { installation, dataDirectory }: Measured): Promise<Peer> {
  const database = `peer_${engine.replace(/\W/g, '_')}`;
  // The connections of the program may not make one.
  const owner = new Client({ connectionString: installation.addresses.databaseUrl });
  await owner.connect();
  await owner.query(`CREATE DATABASE ${database}`);
  await owner.end();
  const url = new URL(installation.addresses.databaseUrl);
  url.pathname = `/${database}`;
  const folder = join(dataDirectory, 'peers');
  await mkdir(folder, { recursive: true });
  const { open } = (await import(join(__dirname, 'engines', `${engine}.mjs`))) as { open: OpenPeer };
  say(`Opening ${engine}.`);
  return open({ databaseUrl: url.href, folder });
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    say(inspect(error));
    process.exit(1);
  },
);
