import { existsSync, mkdtempSync, rmdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';
import { dataDirectoryAt } from './data-directory';
import type { EmbeddedServersOptions } from './embedded-servers';
import { findRunningServers, type RunningServers } from './find-running-servers';
import { recordedCluster } from './postgres/locate-cluster';
import { findAccount } from './postgres/postgres-account';
import { findPostgresPackage, missingLinks } from './postgres/postgres-binaries';
import { findOnPath, locateTemporal } from './temporal/locate-temporal';
import type { SkippedSource, TemporalExecutable } from './temporal/temporal-executable';

/** What a start of the embedded servers would find on this machine. */
export interface EmbeddedFacts {
  dataDirectory: { path: string; exists: boolean; writable: boolean };
  /** Null where none run on this data folder. */
  running: RunningServers | null;
  temporal: {
    /** Null: it would have to be downloaded, or built by `go`. */
    executable: TemporalExecutable | null;
    skipped: SkippedSource[];
    /** The Go command that could build one; null where there is none. */
    go: string | null;
  };
  postgres: {
    /** Null where its package is not installed; `problem` says so. */
    version: string | null;
    problem: string | null;
    /** Shared-library links that npm did not lay; the next start lays them. */
    missingLinks: number;
    cluster: string;
    clusterExists: boolean;
    /** Who it would run as: `postgres` for root, who cannot run it, else the present user. `mustBeMade` where root has no such user yet. */
    runsAs: { user: string; mustBeMade: boolean };
  };
}

/** Looks at everything that a start needs without changing anything: no network, no server, no file that stays. */
export async function inspectEmbedded(
  options: Pick<EmbeddedServersOptions, 'dataDirectory' | 'environment' | 'temporalExecutable' | 'elsewhere'>,
): Promise<EmbeddedFacts> {
  const { environment, temporalExecutable, elsewhere } = options;
  const data = dataDirectoryAt(options.dataDirectory);
  const [running, temporal, postgres] = await Promise.all([
    findRunningServers(data.root, elsewhere),
    locateTemporal({ configuredPath: temporalExecutable ?? null, environment }),
    inspectPostgresPackage(),
  ]);
  const cluster = recordedCluster(data);
  return {
    dataDirectory: { path: data.root, exists: existsSync(data.root), writable: isWritable(data.root) },
    running,
    temporal: { ...temporal, go: findOnPath('go', environment['PATH']) },
    postgres: { ...postgres, cluster, clusterExists: existsSync(cluster), runsAs: await runsAs() },
  };
}

async function inspectPostgresPackage(): Promise<
  Pick<EmbeddedFacts['postgres'], 'version' | 'problem' | 'missingLinks'>
> {
  try {
    const { nativeDirectory, version } = await findPostgresPackage();
    return { version, problem: null, missingLinks: (await missingLinks(nativeDirectory)).length };
  } catch (error) {
    return { version: null, problem: (error as Error).message, missingLinks: 0 };
  }
}

async function runsAs(): Promise<EmbeddedFacts['postgres']['runsAs']> {
  const { uid, username } = userInfo();
  if (uid !== 0) return { user: username, mustBeMade: false };
  return { user: 'postgres', mustBeMade: (await findAccount()) === null };
}

/** A folder that does not exist counts as writable where its nearest existing parent takes a folder. */
function isWritable(directory: string): boolean {
  if (!existsSync(directory)) {
    const parent = path.dirname(directory);
    return parent !== directory && isWritable(parent);
  }
  try {
    // Root may do anything by the rights of files; that /proc takes no folders, only making one tells. It is gone at once.
    rmdirSync(mkdtempSync(path.join(directory, '.orchestra-doctor-')));
    return true;
  } catch {
    return false;
  }
}
