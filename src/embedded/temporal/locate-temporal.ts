import { accessSync, constants, existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { cacheDirectory } from '../cache-directory';
import { probeTemporal, type SkippedSource, type TemporalExecutable } from './temporal-executable';

/** The newest version that `go install` accepts: later ones carry a `replace` directive. */
export const builtTemporalVersion = '1.5.1';

export interface TemporalSearch {
  /** A path that the user has set; nothing else is tried then. */
  configuredPath: string | null;
  /** `PATH` is searched, and `XDG_CACHE_HOME` moves the cache. */
  environment: NodeJS.ProcessEnv;
}

export interface TemporalCache {
  /** What `go install` built. */
  built: string;
  /** What the SDK downloaded. */
  downloaded: string;
}

/** The files of the cache; they need not exist. */
export function temporalCache(environment: NodeJS.ProcessEnv): TemporalCache {
  const root = cacheDirectory(environment);
  return {
    built: path.join(root, `temporal-cli-${builtTemporalVersion}`, 'temporal'),
    downloaded: path.join(root, 'temporal-sdk', 'temporal'),
  };
}

/** Looks for an executable that is already on this machine: configured, on PATH, built before, downloaded before. Touches no network. */
export async function locateTemporal(
  search: TemporalSearch,
): Promise<{ executable: TemporalExecutable | null; skipped: SkippedSource[] }> {
  const skipped: SkippedSource[] = [];
  const { environment, configuredPath } = search;
  if (configuredPath !== null) {
    const probed = await probeTemporal(path.resolve(configuredPath), 'configured', environment);
    return 'path' in probed ? { executable: probed, skipped } : { executable: null, skipped: [probed] };
  }
  const onPath = findOnPath('temporal', environment['PATH']);
  const { built, downloaded } = temporalCache(environment);
  for (const [source, file] of [
    ['path', onPath],
    ['cache', built],
    ['cache', downloaded],
  ] as const) {
    if (file === null) skipped.push({ source, reason: 'there is no "temporal" on PATH' });
    else if (!existsSync(file)) skipped.push({ source, reason: `${file} does not exist` });
    else {
      const probed = await probeTemporal(file, source, environment);
      if ('path' in probed) return { executable: probed, skipped };
      skipped.push(probed);
    }
  }
  return { executable: null, skipped };
}

/** The first executable file of this name in the folders of `searchPath`. */
export function findOnPath(name: string, searchPath: string | undefined): string | null {
  const candidates = (searchPath ?? '')
    .split(path.delimiter)
    .filter((directory) => path.isAbsolute(directory))
    .map((directory) => path.join(directory, name));
  return candidates.find(isExecutableFile) ?? null;
}

function isExecutableFile(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
