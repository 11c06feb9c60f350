import { once } from 'node:events';
import { connect } from 'node:net';
import { OrchestraError } from '../domain/errors';
import { isSameProcess } from '../processes/read-process';
import { dataDirectoryAt } from './data-directory';
import type { ServerName } from './embedded-servers';
import { readServersRecord } from './servers-record';

/** The servers of a data folder that a living process keeps running. */
export interface RunningServers {
  dataDirectory: string;
  ownerPid: number;
  /** Null where it is elsewhere, as is `postgres`. */
  temporal: { address: string; namespace: string; webUiUrl: string | null; pid: number } | null;
  /** `url` holds the password. */
  postgres: { url: string; pid: number } | null;
}

/**
 * Finds the servers of a data folder, without the one that is elsewhere; null where none run: their owner has to live, and they have to accept
 * connections. Throws SERVER_UNAVAILABLE where their owner does without one that is wanted.
 */
export async function findRunningServers(
  dataDirectory: string,
  elsewhere?: ServerName,
): Promise<RunningServers | null> {
  const data = dataDirectoryAt(dataDirectory);
  const record = readServersRecord(data.serversFile);
  if (record?.ready !== true) return null;
  const { owner } = record;
  const temporal = elsewhere === 'temporal' ? null : record.temporal;
  const postgres = elsewhere === 'postgres' ? null : record.postgres;
  const processes = [owner, temporal, postgres].filter((one) => one !== null);
  if (!processes.every(({ pid, startTime }) => isSameProcess(pid, startTime))) return null;
  if (temporal === null && elsewhere !== 'temporal')
    throw keptElsewhere(data.root, owner.pid, 'Temporal', 'ORCHESTRA_TEMPORAL_ADDRESS');
  if (postgres === null && elsewhere !== 'postgres')
    throw keptElsewhere(data.root, owner.pid, 'PostgreSQL', 'DATABASE_URL');
  const addresses = [temporal && `tcp://${temporal.address}`, postgres?.url].filter((url) => typeof url === 'string');
  const answers = await Promise.all(addresses.map((url) => acceptsConnections(new URL(url))));
  if (answers.includes(false)) return null;
  return {
    dataDirectory: data.root,
    ownerPid: owner.pid,
    temporal: temporal && {
      address: temporal.address,
      namespace: temporal.namespace,
      webUiUrl: temporal.webUiUrl,
      pid: temporal.pid,
    },
    postgres: postgres && { url: postgres.url, pid: postgres.pid },
  };
}

function keptElsewhere(folder: string, ownerPid: number, server: string, variable: string): OrchestraError {
  return new OrchestraError(
    'SERVER_UNAVAILABLE',
    `Process ${ownerPid} keeps the servers of ${folder} running, with a ${server} that is elsewhere. Set ${variable} here as it is set there, or stop that process.`,
  );
}

async function acceptsConnections({ hostname, port }: URL): Promise<boolean> {
  const socket = connect({ host: hostname, port: Number(port) });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(2_000) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
