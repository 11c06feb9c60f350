import { OrchestraError } from '../domain/errors';
import { createDataDirectory, dataDirectoryAt } from './data-directory';
import { pauseBetweenAttempts, tryLock } from './directory-lock';
import type { EmbeddedServers, EmbeddedServersOptions, SomeEmbeddedServers } from './embedded-servers';
import { findRunningServers, type RunningServers } from './find-running-servers';
import { ownServers } from './own-servers';
import { readServersRecord } from './servers-record';

const defaultSystemDirectory = '/var/lib/agent-orchestra';
/** The owner may be building Temporal from source, or restarting a server that crashed. */
const joinTimeoutMs = 15 * 60_000;

/**
 * Hands back a running PostgreSQL and Temporal server with their state in the data folder: those that another living process keeps
 * running on it, else newly started ones, which end with this process even when it is killed. Rejects with EMBEDDED_START_FAILED.
 */
export async function startEmbeddedServers(
  options: EmbeddedServersOptions & { elsewhere?: never },
): Promise<EmbeddedServers>;
/** The same, without the one that is elsewhere. Rejects with SERVER_UNAVAILABLE as well, where those that run are without one that is wanted. */
export async function startEmbeddedServers(options: EmbeddedServersOptions): Promise<SomeEmbeddedServers>;
export async function startEmbeddedServers(options: EmbeddedServersOptions): Promise<SomeEmbeddedServers> {
  const data = createDataDirectory(options.dataDirectory);
  const onProgress = options.onProgress ?? (() => undefined);
  const systemDirectory = options.systemDirectory ?? defaultSystemDirectory;
  const signal = options.signal ?? new AbortController().signal;
  const deadline = performance.now() + joinTimeoutMs;
  for (let waitingFor: number | null = null; ; await pauseBetweenAttempts(signal)) {
    const attempt = tryLock(data.lock);
    if ('lock' in attempt) {
      const { lock } = attempt;
      try {
        const servers = await ownServers(data, { ...options, onProgress, systemDirectory });
        const stop = (): Promise<void> => servers.stop().finally(() => lock.release());
        return { ...servers, owned: true, ownerPid: process.pid, stop };
      } catch (error) {
        lock.release();
        throw error;
      }
    }
    const running = await findRunningServers(data.root, options.elsewhere);
    if (running !== null) return joinServers(running);
    if (performance.now() > deadline) {
      throw new OrchestraError(
        'EMBEDDED_START_FAILED',
        `Process ${attempt.heldBy} owns the servers of ${data.root}, but they do not answer. Stop that process and start again.`,
      );
    }
    if (waitingFor !== attempt.heldBy) {
      onProgress(`Process ${attempt.heldBy} is starting or stopping the servers of ${data.root}; waiting for it.`);
      waitingFor = attempt.heldBy;
    }
  }
}

function joinServers({ dataDirectory, ownerPid, temporal, postgres }: RunningServers): SomeEmbeddedServers {
  const { serversFile } = dataDirectoryAt(dataDirectory);
  // Their owner restarts servers that crash: the record always has the present pids.
  return {
    temporal: temporal && {
      ...temporal,
      pid: () => readServersRecord(serversFile)?.temporal?.pid ?? temporal.pid,
    },
    postgres: postgres && {
      ...postgres,
      pid: () => readServersRecord(serversFile)?.postgres?.pid ?? postgres.pid,
    },
    owned: false,
    ownerPid,
    stop: () => Promise.resolve(),
  };
}
