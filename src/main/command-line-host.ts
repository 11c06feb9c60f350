import { readFileSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { WriteStream } from 'node:tty';
import type { CommandLineHost, EndSignal, Output } from '../cli/ports';
import { createAccount } from './account';
import { createDataFolder } from './data-folder';
import { download } from './download';
import { editText } from './edit-text';

/** The host of the command line, over a Node process. */
export function createHost(host: NodeJS.Process): CommandLineHost {
  const environment = host.env;
  return {
    version: packageVersion(),
    machineName: hostname(),
    currentDirectory: host.cwd(),
    stdout: createOutput(host.stdout, environment),
    stderr: createOutput(host.stderr, environment),
    isDebugging: isSet(environment['ORCHESTRA_DEBUG']),
    now: Date.now,
    readText: (path) => readFile(path, 'utf8').catch(throwReadable),
    readTextSync: (path) => {
      try {
        return readFileSync(path, 'utf8');
      } catch (error) {
        return throwReadable(error);
      }
    },
    download,
    listFolder: async (path) => {
      try {
        const entries = await readdir(path, { withFileTypes: true });
        return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOTDIR' || (error as NodeJS.ErrnoException).code === 'ENOENT')
          return undefined;
        return throwReadable(error);
      }
    },
    readStdin: async () => (host.stdin.isTTY ? undefined : text(host.stdin)),
    editText: (name, given) => editText(host, name, given),
    readVariable: (name) => environment[name],
    onSignal: (listener) => {
      const signals: EndSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
      for (const signal of signals) host.on(signal, listener);
      return () => {
        for (const signal of signals) host.off(signal, listener);
      };
    },
    exitNow: (exitCode) => host.exit(exitCode),
    account: createAccount(environment, Date.now),
    openDataFolder: (path) => createDataFolder(environment, path),
  };
}

function createOutput(stream: WriteStream, environment: NodeJS.ProcessEnv): Output {
  // No reason to end a session: commands tell at their end.
  let failure: NodeJS.ErrnoException | undefined;
  const keep = (error?: NodeJS.ErrnoException | null): void => void (failure ??= error ?? undefined);
  stream.on('error', keep);
  const isTerminal = stream.isTTY && environment['TERM'] !== 'dumb';
  return {
    isTerminal,
    hasColours: (isTerminal && (environment['NO_COLOR'] ?? '') === '') || isSet(environment['FORCE_COLOR']),
    size: () => ({ columns: stream.columns || 80, rows: stream.rows || 24 }),
    write: (text) =>
      new Promise((resolve) => {
        if (!stream.writable) return resolve();
        stream.write(text, (error) => {
          keep(error);
          resolve();
        });
      }),
    failure: () => failure,
  };
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0';
}

const readFaults: Record<string, string> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is no folder',
  EACCES: 'you may not read it',
};

/** Who asked names the path. */
function throwReadable(error: unknown): never {
  const { code = '', message } = error as NodeJS.ErrnoException;
  throw new Error(readFaults[code] ?? message, { cause: error });
}

function packageVersion(): string {
  const text = readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
