import { Connection } from '@temporalio/client';
import { listensOn } from '../../processes/listens-on';
import { startServerProcess, waitUntilReady, type ServerProcess } from '../server-process';
import { ensureSearchAttributes, searchAttributes } from './search-attributes';

export interface TemporalLaunch {
  executable: string;
  databaseFile: string;
  logFile: string;
  /** Told at once, before the server answers, so that a record of it exists from then on. */
  onSpawned(server: ServerProcess): void;
  port: number;
  /** Null: no Web UI. */
  webUiPort: number | null;
  durability: 'normal' | 'full';
  environment: NodeJS.ProcessEnv;
}

export const temporalNamespace = 'default';

export const temporalEndPolicy = { signal: 'SIGTERM', graceMs: 10_000 } as const;

/** The server reads its queues 20 times a second by default, 50 ms a hop, and limits calls as if many shared it. */
const dynamicConfiguration = {
  'history.transferProcessorMaxPollRPS': 5_000,
  'history.timerProcessorMaxPollRPS': 5_000,
  'frontend.rps': 20_000,
  'frontend.namespaceRPS': 20_000,
  'history.rps': 20_000,
  'matching.rps': 20_000,
};

/** Starts Temporal's dev server and settles once its namespace can be used; ends it again where that fails. */
export async function launchTemporal(launch: TemporalLaunch, signal: AbortSignal): Promise<ServerProcess> {
  const { HOME, PATH, TMPDIR } = launch.environment;
  const server = await startServerProcess({
    name: 'Temporal',
    file: launch.executable,
    args: temporalArguments(launch),
    environment: { HOME, PATH, TMPDIR },
    logFile: launch.logFile,
    endPolicy: temporalEndPolicy,
  });
  launch.onSpawned(server);
  await waitUntilReady('Temporal', server, {
    // Some other program may have taken a port in the meantime: only our own process counts.
    check: async () =>
      [launch.port, launch.webUiPort].every((port) => port === null || listensOn(server.pid, port)) &&
      (await namespaceAnswers(`127.0.0.1:${launch.port}`)),
    timeoutMs: 60_000,
    signal,
  });
  return server;
}

/** The arguments of `temporal`; exported for its test. */
export function temporalArguments(
  launch: Pick<TemporalLaunch, 'port' | 'webUiPort' | 'databaseFile' | 'durability'>,
): string[] {
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(launch.port)],
    ...(launch.webUiPort === null ? ['--headless'] : ['--ui-port', String(launch.webUiPort)]),
    ...['--db-filename', launch.databaseFile, '--namespace', temporalNamespace, '--log-level', 'warn'],
    ...['--sqlite-pragma', 'journal_mode=WAL'],
    // NORMAL survives a kill of the process but may lose the last moments when power is lost; FULL costs three quarters of the speed.
    ...['--sqlite-pragma', `synchronous=${launch.durability === 'full' ? 'FULL' : 'NORMAL'}`],
    ...Object.entries(dynamicConfiguration).flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${value}`]),
    ...Object.keys(searchAttributes).flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
  ];
}

async function namespaceAnswers(address: string): Promise<boolean> {
  const connection = await Connection.connect({ address, connectTimeout: '5s' });
  try {
    await connection.withDeadline(Date.now() + 5_000, async () => {
      await connection.workflowService.describeNamespace({ namespace: temporalNamespace });
      await ensureSearchAttributes(connection, temporalNamespace);
    });
    return true;
  } finally {
    await connection.close();
  }
}
