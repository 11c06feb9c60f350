import { accessSync, constants, existsSync, mkdirSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';
import { OrchestraError } from '../domain/errors';

/** Where everything of one data folder lies. */
export interface DataDirectory {
  root: string;
  /** Claims on the folder, see directory-lock.ts. */
  lock: string;
  serversFile: string;
  portsFile: string;
  temporalDatabase: string;
  temporalLog: string;
  postgresCluster: string;
  /** Names the cluster's real place where `postgresCluster` cannot be reached by the user it runs as. */
  postgresLocationFile: string;
  postgresPasswordFile: string;
  postgresLog: string;
}

/** The layout of a data folder; it need not exist. */
export function dataDirectoryAt(directory: string): DataDirectory {
  const root = realPath(path.resolve(directory));
  return {
    root,
    lock: path.join(root, 'lock'),
    serversFile: path.join(root, 'servers.json'),
    portsFile: path.join(root, 'ports.json'),
    temporalDatabase: path.join(root, 'temporal.db'),
    temporalLog: path.join(root, 'logs', 'temporal.log'),
    postgresCluster: path.join(root, 'postgres'),
    postgresLocationFile: path.join(root, 'postgres-location'),
    postgresPasswordFile: path.join(root, 'postgres-password'),
    postgresLog: path.join(root, 'logs', 'postgres.log'),
  };
}

/** Makes the folder where it is missing; throws EMBEDDED_START_FAILED where that, or writing into it, is not possible. */
export function createDataDirectory(directory: string): DataDirectory {
  try {
    // For nobody else; as root, PostgreSQL's user has to get through to its part of it.
    makeDirectory(path.resolve(directory), userInfo().uid === 0 ? 0o711 : 0o700);
    makeDirectory(path.resolve(directory, 'logs'), 0o755);
    accessSync(directory, constants.W_OK);
    // The folder holds a password and a database: it must not get into anybody's repository by accident.
    const ignored = path.join(directory, '.gitignore');
    if (!existsSync(ignored)) writeFileSync(ignored, '*\n');
  } catch (error) {
    throw new OrchestraError(
      'EMBEDDED_START_FAILED',
      `The data folder ${directory} cannot be written: ${(error as Error).message}. Make it writable, or choose another data folder.`,
      { cause: error },
    );
  }
  return dataDirectoryAt(directory);
}

/** Makes a folder and those above it, one by one: Node's own way never comes to an end where folders cannot be made, as in /proc. */
function makeDirectory(directory: string, mode: number): void {
  if (existsSync(directory)) return;
  makeDirectory(path.dirname(directory), mode);
  try {
    mkdirSync(directory, { mode });
  } catch (error) {
    // Another start on the same folder may have been quicker.
    if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
  }
}

/** The same folder must have the same name by whatever links it is reached. */
function realPath(directory: string): string {
  try {
    return realpathSync(directory);
  } catch {
    return directory;
  }
}
