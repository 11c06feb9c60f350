import { endProcessGroup } from '../processes/end-process-group';
import { readProcess, type ProcessInformation } from '../processes/read-process';
import type { DataDirectory } from './data-directory';
import { postgresEndPolicy } from './postgres/launch-postgres';
import { recordedCluster } from './postgres/locate-cluster';
import { findPostmaster } from './postgres/postmaster';
import { readServersRecord, removeServersRecord } from './servers-record';
import { temporalEndPolicy } from './temporal/launch-temporal';

/**
 * Ends servers of this data folder whose owner was killed together with its guardian. They are not adopted: they may be of another
 * version, and a process that is not our child cannot be waited for. Call it under the lock of the data folder.
 */
export async function endLeftOvers(data: DataDirectory, onProgress: (message: string) => void): Promise<void> {
  const record = readServersRecord(data.serversFile);
  // A server that is just shutting down has removed its pid file already, one that was killed while it started may not be in the record.
  const postgres = living(record?.postgres ?? null) ?? findPostmaster(recordedCluster(data));
  const leftOvers = [
    { name: 'Temporal', running: living(record?.temporal ?? null), policy: temporalEndPolicy },
    { name: 'PostgreSQL', running: postgres, policy: postgresEndPolicy },
  ];
  const ending = leftOvers.map(async ({ name, running, policy }) => {
    if (running === null) return;
    onProgress(`Ending the ${name} server (pid ${running.pid}) that an earlier run has left behind.`);
    await endProcessGroup(running.groupId, policy);
  });
  await Promise.all(ending);
  removeServersRecord(data.serversFile);
}

function living(recorded: { pid: number; startTime: string } | null): ProcessInformation | null {
  const running = recorded === null ? null : readProcess(recorded.pid);
  return running?.startTime === recorded?.startTime ? running : null;
}
