import { OrchestraError } from '../domain/errors';
import { readStartTime } from '../processes/read-process';
import type { DataDirectory } from './data-directory';
import type { SomeEmbeddedServers } from './embedded-servers';
import { endLeftOvers } from './end-left-overs';
import type { LaunchedServer, StartContext } from './launched-server';
import { startPostgres } from './postgres/start-postgres';
import { readRememberedPorts, removeServersRecord, writeRememberedPorts, writeServersRecord } from './servers-record';
import type { ServersRecord } from './servers-record';
import { superviseServer, type SupervisedServer } from './supervise-server';
import { startTemporal } from './temporal/start-temporal';

/** Starts the servers as their owner, without the one that is elsewhere. The caller holds the lock of the data folder, and releases it after `stop`. */
export async function ownServers(
  data: DataDirectory,
  options: StartContext['options'],
): Promise<Pick<SomeEmbeddedServers, 'temporal' | 'postgres' | 'stop'>> {
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
  const [temporal, postgres] = await startNeeded(data, options, update).catch((error: unknown) => {
    removeServersRecord(data.serversFile);
    throw asStartFailure(error);
  });
  const remembered = readRememberedPorts(data.portsFile);
  const used = {
    temporal: temporal?.ports[0] ?? remembered.temporal,
    webUi: temporal?.ports[1] ?? remembered.webUi,
    postgres: postgres?.ports[0] ?? remembered.postgres,
  };
  writeRememberedPorts(data.portsFile, used);
  update({ ready: true });

  const supervisedTemporal = temporal && supervise(temporal, options);
  const supervisedPostgres = postgres && supervise(postgres, options);
  return {
    temporal: describeTemporal(record, supervisedTemporal),
    postgres: describePostgres(record, supervisedPostgres),
    async stop() {
      // First, so that no command finds servers that are about to end; and last, should a restart have written it again.
      removeServersRecord(data.serversFile);
      await Promise.all([supervisedTemporal?.stop(), supervisedPostgres?.stop()]);
      removeServersRecord(data.serversFile);
    },
  };
}

function describeTemporal(
  { temporal }: ServersRecord,
  server: SupervisedServer | null,
): SomeEmbeddedServers['temporal'] {
  if (temporal === null || server === null) return null;
  const { address, namespace, webUiUrl } = temporal;
  return { address, namespace, webUiUrl, pid: () => server.current().pid };
}

function describePostgres(
  { postgres }: ServersRecord,
  server: SupervisedServer | null,
): SomeEmbeddedServers['postgres'] {
  return postgres && server && { url: postgres.url, pid: () => server.current().pid };
}

/** Starts what is not elsewhere, at once; where one fails, the other is ended before the error is passed on. */
async function startNeeded(
  data: DataDirectory,
  options: StartContext['options'],
  update: (change: Partial<ServersRecord>) => void,
): Promise<[LaunchedServer | null, LaunchedServer | null]> {
  const failed = new AbortController();
  const signal = AbortSignal.any([failed.signal, ...(options.signal ? [options.signal] : [])]);
  const wishes = [options.ports ?? {}, readRememberedPorts(data.portsFile)];
  const context = { data, options, wishes, record: { update }, signal };
  const { elsewhere } = options;
  const nothing = Promise.resolve(null);
  const starts = [
    elsewhere === 'temporal' ? nothing : startTemporal(context),
    elsewhere === 'postgres' ? nothing : startPostgres(context),
  ] as const;
  try {
    return await Promise.all(starts);
  } catch (error) {
    failed.abort();
    for (const start of await Promise.allSettled(starts)) {
      if (start.status === 'fulfilled') await start.value?.first.end();
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
