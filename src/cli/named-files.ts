import { resolve } from 'node:path';
import { OrchestraError } from '../domain/errors';
import type { CommandLineHost } from './ports';

/** The text of a file that the user has named, from the working directory on. Throws USAGE, which names it as it was named. */
export function readNamedFile(host: CommandLineHost, file: string): Promise<string> {
  const path = resolve(host.currentDirectory, file);
  return host.readText(path).catch((cause: unknown) => {
    throw unreadable(file, path, cause);
  });
}

/** The same at once. */
export function readNamedFileSync(host: CommandLineHost, file: string): string {
  const path = resolve(host.currentDirectory, file);
  try {
    return host.readTextSync(path);
  } catch (cause) {
    throw unreadable(file, path, cause);
  }
}

/** Names of the files in a folder that the user has named; undefined where the path leads to no folder. Throws USAGE. */
export function listNamedFolder(host: CommandLineHost, folder: string): Promise<string[] | undefined> {
  const path = resolve(host.currentDirectory, folder);
  return host.listFolder(path).catch((cause: unknown) => {
    throw unreadable(folder, path, cause);
  });
}

/** Whether there is a file or a folder that can be read. */
export async function isNamedThere(host: CommandLineHost, named: string): Promise<boolean> {
  const path = resolve(host.currentDirectory, named);
  const names = await host.listFolder(path).catch(() => undefined);
  if (names) return true;
  return host.readText(path).then(
    () => true,
    () => false,
  );
}

function unreadable(named: string, path: string, cause: unknown): OrchestraError {
  const fault = cause instanceof Error ? cause.message : String(cause);
  const place = named === path ? '' : ` It was looked for at ${path}.`;
  return new OrchestraError(
    'USAGE',
    `"${named}" cannot be read: ${fault}.${place} Name one that is there, and that you may read.`,
    {
      cause,
    },
  );
}
