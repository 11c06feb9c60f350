import { OrchestraError } from '../domain/errors';
import { createDataDirectory, dataDirectoryAt } from './data-directory';
import { pauseBetweenAttempts, tryLock } from './directory-lock';
import type { EmbeddedServers, EmbeddedServersOptions } from './embedded-servers';
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
export async function startEmbeddedServers(options: EmbeddedServersOptions): Promise<EmbeddedServers> {
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
    const running = await findRunningServers(data.root);
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

function joinServers(running: RunningServers): EmbeddedServers {
  const { serversFile } = dataDirectoryAt(running.dataDirectory);
  // Their owner restarts servers that crash: the record always has the present pids.
  return {
    temporal: {
      address: running.temporalAddress,
      namespace: running.temporalNamespace,
      webUiUrl: running.webUiUrl,
      pid: () => readServersRecord(serversFile)?.temporal?.pid ?? running.temporalPid,
    },
    postgres: {
      url: running.databaseUrl,
      pid: () => readServersRecord(serversFile)?.postgres?.pid ?? running.postgresPid,
    },
    owned: false,
    ownerPid: running.ownerPid,
    stop: () => Promise.resolve(),
  };
}
