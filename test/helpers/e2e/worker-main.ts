/*
 * Run as a process of its own: workers on the servers of the options in its first argument (JSON). It prints a line of JSON once they poll,
 * stops them on SIGTERM, and ends with whoever started it.
 */
import type { Worker } from '@temporalio/worker';
import type { Pool } from 'pg';
import { createSessionActivities } from '../../../src/activities/commit-turn';
import type { TurnStore } from '../../../src/contracts/ports/turn-store';
import { readConfiguration } from '../../../src/main/configuration';
import { openInstallation } from '../../../src/main/installation';
import type { Installation } from '../../../src/main/installation';
import { runWorkers } from '../../../src/main/run-workers';
import { startGuardian } from '../../../src/processes/guardian';
import { createAgentDirectory } from '../../../src/stores/agent-directory';
import { createTurnStore } from '../../../src/stores/turns';
import { createOrchestraWorker } from '../../../src/workers/orchestra-worker';
import { quietRuntime } from '../quiet-runtime';
import type { WorkerFault, WorkerOptions, WorkerReport } from './worker-process';

async function main(options: WorkerOptions): Promise<void> {
  quietRuntime();
  const report = (message: string): void => void process.stderr.write(`${message}\n`);
  const configuration = readConfiguration({ ...options.environment });
  const installation = await openInstallation({ ...options.addresses, webUiUrl: null }, configuration, report);
  const { roles, bundle, fault } = options;
  if (fault && 'diesAfterOutcomeTurn' in fault) diesAfterSettling(installation.turnPool);
  else if (fault) return runDoomedWorker(installation, options, fault);
  const workers = runWorkers(installation, { roles, bundle, hostEnvironment: process.env, report });
  await workers.ready;
  process.once('SIGTERM', () => {
    void workers
      .stop()
      .then(() => installation.close())
      .then(() => process.exit(0));
  });
  tellReady();
}

type BareFault = Exclude<WorkerFault, { diesAfterOutcomeTurn: true }>;

async function runDoomedWorker(installation: Installation, options: WorkerOptions, fault: BareFault): Promise<void> {
  const worker = await createDoomedWorker(installation, options, fault);
  const running = worker.run();
  tellReady();
  await running;
}

function createDoomedWorker(installation: Installation, options: WorkerOptions, fault: BareFault): Promise<Worker> {
  const { connection, configuration, turnPool, plans, artifacts, addresses, payloads } = installation;
  const dataConverter = payloads.converter;
  const { namespace } = addresses.temporal;
  const { taskQueue } = configuration;
  if ('diesBeforeBeginning' in fault) {
    const runTask = (): Promise<never> => die();
    return createOrchestraWorker({
      connection,
      namespace,
      taskQueue,
      dataConverter,
      agents: { activities: { runTask }, capacity: 1, heartbeatMs: 1_000 },
    });
  }
  const turns = diesAfterAccepting(fault.diesAfterAccepting, createTurnStore(turnPool, { retentionDays: 30 }));
  const directory = createAgentDirectory(turnPool);
  const activities = createSessionActivities({ turns, plans, artifacts, directory, tellParent: () => undefined });
  return createOrchestraWorker({
    connection,
    namespace,
    taskQueue,
    dataConverter,
    sessions: { bundle: options.bundle, activities },
  });
}

function diesAfterAccepting(eventId: string, turns: TurnStore): TurnStore {
  return {
    ...turns,
    inTurn: async (request, work, ground) => {
      const stored = await turns.inTurn(request, work, ground);
      return stored.turn.accepted.some(({ id }) => id === eventId) ? die() : stored;
    },
  };
}

const settlingStatements = ['settle-attempts', 'settle-plain-leases'];

/** Once a transaction of the pool is committed that has settled attempts. */
function diesAfterSettling(pool: Pool): void {
  const settling = new WeakSet<object>();
  pool.on('connect', (client) => {
    const send = client.query.bind(client) as (...sent: unknown[]) => Promise<unknown>;
    const query = async (...sent: unknown[]): Promise<unknown> => {
      const [statement] = sent;
      if (settlingStatements.includes((statement as { name?: string }).name ?? '')) settling.add(client);
      // Turns are rehearsed at the start.
      if (statement === 'ROLLBACK') settling.delete(client);
      const answer = await send(...sent);
      return statement === 'COMMIT' && settling.has(client) ? die() : answer;
    };
    Object.assign(client, { query });
  });
}

function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => undefined);
}

function tellReady(): void {
  const report: WorkerReport = { guardianPid: startGuardian().pid() ?? 0 };
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

process.stdin.resume();
process.stdin.once('end', () => process.exit(1));
main(JSON.parse(process.argv[2] ?? '{}') as WorkerOptions).catch((error: unknown) => {
  process.stderr.write(`${String(error instanceof Error ? error.stack : error)}\n`);
  process.exit(1);
});
