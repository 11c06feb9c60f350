import { once } from 'node:events';
import { connect } from 'node:net';
import { isSameProcess } from '../processes/read-process';
import { dataDirectoryAt } from './data-directory';
import { readServersRecord } from './servers-record';

/** The servers of a data folder that a living process keeps running. */
export interface RunningServers {
  dataDirectory: string;
  ownerPid: number;
  temporalAddress: string;
  temporalNamespace: string;
  temporalPid: number;
  webUiUrl: string | null;
  /** Holds the password. */
  databaseUrl: string;
  postgresPid: number;
}

/** Finds the servers of a data folder; null where none run: their owner has to live, and both have to accept connections. */
export async function findRunningServers(dataDirectory: string): Promise<RunningServers | null> {
  const data = dataDirectoryAt(dataDirectory);
  const record = readServersRecord(data.serversFile);
  if (record?.ready !== true || record.temporal === null || record.postgres === null) return null;
  const { owner, temporal, postgres } = record;
  if (![owner, temporal, postgres].every(({ pid, startTime }) => isSameProcess(pid, startTime))) return null;
  const addresses = [new URL(`tcp://${temporal.address}`), new URL(postgres.url)];
  const answers = await Promise.all(addresses.map(acceptsConnections));
  if (answers.includes(false)) return null;
  return {
    dataDirectory: data.root,
    ownerPid: owner.pid,
    temporalAddress: temporal.address,
    temporalNamespace: temporal.namespace,
    temporalPid: temporal.pid,
    webUiUrl: temporal.webUiUrl,
    databaseUrl: postgres.url,
    postgresPid: postgres.pid,
  };
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
