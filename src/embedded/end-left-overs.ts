import { endProcessGroup } from '../processes/end-process-group';
import { isSameProcess } from '../processes/read-process';
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
  const temporal = record?.temporal;
  const ending: Promise<void>[] = [];
  if (temporal && isSameProcess(temporal.pid, temporal.startTime)) {
    onProgress(`Ending the Temporal server (pid ${temporal.pid}) that an earlier run has left behind.`);
    ending.push(endProcessGroup(temporal.pid, temporalEndPolicy));
  }
  const postmaster = findPostmaster(recordedCluster(data));
  if (postmaster !== null) {
    onProgress(`Ending the PostgreSQL server (pid ${postmaster.pid}) that an earlier run has left behind.`);
    ending.push(endProcessGroup(postmaster.groupId, postgresEndPolicy));
  }
  await Promise.all(ending);
  removeServersRecord(data.serversFile);
}
