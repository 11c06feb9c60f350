import { OrchestraError } from '../domain/errors';
import { readStartTime } from '../processes/read-process';
import type { DataDirectory } from './data-directory';
import type { EmbeddedServers } from './embedded-servers';
import { endLeftOvers } from './end-left-overs';
import type { LaunchedServer, StartContext } from './launched-server';
import { startPostgres } from './postgres/start-postgres';
import { readRememberedPorts, removeServersRecord, writeRememberedPorts, writeServersRecord } from './servers-record';
import type { ServersRecord } from './servers-record';
import { superviseServer, type SupervisedServer } from './supervise-server';
import { startTemporal } from './temporal/start-temporal';

/** Starts both servers as their owner. The caller holds the lock of the data folder, and releases it after `stop`. */
export async function ownServers(
  data: DataDirectory,
  options: StartContext['options'],
): Promise<Pick<EmbeddedServers, 'temporal' | 'postgres' | 'stop'>> {
  let record: ServersRecord = {
    owner: { pid: process.pid, startTime: readStartTime(process.pid) ?? '' },
    ready: false,
    temporal: null,
    postgres: null,
  };
  const update = (change: Partial<ServersRecord>): void => {
    record = { ...record, ...change };
    writeServersRecord(data.serversFile, record);
  };

  await endLeftOvers(data, options.onProgress);
  const [temporal, postgres] = await startBoth(data, options, update).catch((error: unknown) => {
    removeServersRecord(data.serversFile);
    throw asStartFailure(error);
  });
  const [temporalPort, webUiPort] = temporal.ports;
  const remembered = readRememberedPorts(data.portsFile);
  const used = { temporal: temporalPort, webUi: webUiPort ?? remembered.webUi, postgres: postgres.ports[0] };
  writeRememberedPorts(data.portsFile, used);
  update({ ready: true });
  const { temporal: temporalRecord, postgres: postgresRecord } = record;
  if (temporalRecord === null || postgresRecord === null)
    throw new Error('a server was launched without being recorded');

  const [supervisedTemporal, supervisedPostgres] = [temporal, postgres].map((server) => supervise(server, options)) as [
    SupervisedServer,
    SupervisedServer,
  ];
  const { address, namespace, webUiUrl } = temporalRecord;
  return {
    temporal: { address, namespace, webUiUrl, pid: () => supervisedTemporal.current().pid },
    postgres: { url: postgresRecord.url, pid: () => supervisedPostgres.current().pid },
    async stop() {
      // First, so that no command finds servers that are about to end; and last, should a restart have written it again.
      removeServersRecord(data.serversFile);
      await Promise.all([supervisedTemporal.stop(), supervisedPostgres.stop()]);
      removeServersRecord(data.serversFile);
    },
  };
}

/** Starts both at once; where one fails, the other is ended before the error is passed on. */
async function startBoth(
  data: DataDirectory,
  options: StartContext['options'],
  update: (change: Partial<ServersRecord>) => void,
): Promise<[LaunchedServer, LaunchedServer]> {
  const failed = new AbortController();
  const signal = AbortSignal.any([failed.signal, ...(options.signal ? [options.signal] : [])]);
  const wishes = [options.ports ?? {}, readRememberedPorts(data.portsFile)];
  const context = { data, options, wishes, record: { update }, signal };
  const starts = [startTemporal(context), startPostgres(context)] as const;
  try {
    return await Promise.all(starts);
  } catch (error) {
    failed.abort();
    for (const start of await Promise.allSettled(starts)) {
      if (start.status === 'fulfilled') await start.value.first.end();
    }
    throw error;
  }
}

function supervise(server: LaunchedServer, { onProgress, onFailure }: StartContext['options']): SupervisedServer {
  return superviseServer(server.first, {
    name: server.name,
    launch: (signal) => server.launch(signal),
    onProgress,
    onGivenUp(reason) {
      const message = `${server.name} could not be kept running: ${reason.message}\nStop orchestra and start it again.`;
      onFailure?.(new OrchestraError('EMBEDDED_START_FAILED', message, { cause: reason }));
    },
  });
}

function asStartFailure(error: unknown): unknown {
  if (error instanceof OrchestraError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new OrchestraError('EMBEDDED_START_FAILED', `The embedded servers could not be started: ${reason}`, {
    cause: error,
  });
}
