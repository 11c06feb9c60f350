import { basename, dirname } from 'node:path';
import type {
  Client,
  CommandLineHost,
  DataFolder,
  EndSignal,
  Installation,
  Output,
  Session,
} from '../../../src/cli/ports';
import type { Account } from '../../../src/cli/account-port';
import type { AgentRegistry } from '../../../src/contracts/ports/agent-registry';
import type { AgentSecrets } from '../../../src/contracts/ports/agent-secrets';
import { runCommandLine } from '../../../src/cli/run-command-line';

/** Calls that a test allows, by name; any other call throws. */
type Script<T> = Partial<T>;

/** Makes a port out of the scripted members; what is not scripted throws when it is touched. */
function scripted<T extends object>(name: string, script: Script<T>): T {
  return new Proxy(script as T, {
    get: (target, key) => {
      // A promise that resolves with the port looks for `then`.
      if (key === 'then') return undefined;
      if (!(key in target)) throw new Error(`the test did not expect ${name}.${String(key)}`);
      return target[key as keyof T];
    },
  });
}

export const session = (script: Script<Session>): Session =>
  scripted('session', { id: 'hello-k3f9x2', workflowId: 'default/hello-k3f9x2', ...script });

export const agents = (script: Script<AgentRegistry>): AgentRegistry => scripted('agents', script);

export const agentSecrets = (script: Script<AgentSecrets>): AgentSecrets => scripted('agentSecrets', script);

export const client = (script: Script<Client>): Client => scripted('client', script);

/** Servers of a running `orchestra dev`, unless said otherwise. `close` may be called once. */
export function installation(script: Script<Installation>): Installation {
  let isClosed = false;
  return scripted('installation', {
    owner: 'dev',
    ownerPid: 4711,
    webUiUrl: null,
    temporalAddress: '127.0.0.1:7233',
    databaseAddress: '127.0.0.1:5432',
    workspace: 'default',
    workflowUrl: () => null,
    planDocuments: () => [],
    isOwnerGone: () => false,
    audit: scripted<Installation['audit']>('audit', { begin: async () => async () => undefined }),
    close: async () => {
      if (isClosed) throw new Error('the installation was closed twice');
      isClosed = true;
    },
    ...script,
  });
}

export const dataFolder = (script: Script<DataFolder>): DataFolder =>
  scripted('dataFolder', { path: '/data', argument: '', ...script });

/** What a command line came to. */
export interface Ran {
  exitCode: number;
  stdout: string;
  stderr: string;
  /** Exit codes of ends on the spot. */
  exits: number[];
}

export interface HostScript {
  files?: Record<string, string>;
  /** What is at addresses of the web; 404 where nothing is said. */
  web?: Record<string, string>;
  folder?: Script<DataFolder>;
  account?: Script<Account>;
  /** What the user makes of a text in the editor; without it there is no terminal. */
  editor?: (text: string) => string;
  /** Undefined at a terminal. */
  stdin?: string;
  variables?: Record<string, string>;
  isDebugging?: boolean;
  /** What is written to stdout is lost because of it. */
  stdoutFailure?: NodeJS.ErrnoException;
  /** Milliseconds since 1970. Default 1 March 2026, 09:01 UTC. */
  now?: () => number;
}

export interface RunningCommand {
  ended: Promise<Ran>;
  /** What it has said by now. */
  said: Ran;
  signal(signal: EndSignal): void;
}

/** Runs a command line on a host that has these files and this data folder, and nothing else. */
export function start(
  args: readonly string[],
  {
    files = {},
    web = {},
    folder = {},
    account = {},
    editor,
    stdin,
    variables = {},
    isDebugging = false,
    stdoutFailure,
    now = () => Date.UTC(2026, 2, 1, 9, 1),
  }: HostScript,
): RunningCommand {
  const said: Ran = { exitCode: -1, stdout: '', stderr: '', exits: [] };
  const listeners = new Set<(signal: EndSignal) => void>();
  const output = (name: 'stdout' | 'stderr'): Output => ({
    isTerminal: false,
    hasColours: false,
    size: () => ({ columns: 80, rows: 24 }),
    write: async (text) => {
      if (name === 'stderr' || !stdoutFailure) said[name] += text;
    },
    failure: () => (name === 'stdout' ? stdoutFailure : undefined),
  });
  const host: CommandLineHost = {
    version: '1.2.3',
    machineName: 'laptop',
    currentDirectory: '/home/ada',
    stdout: output('stdout'),
    stderr: output('stderr'),
    isDebugging,
    now,
    readText: async (path) => files[path] ?? Promise.reject(new Error('there is no such file')),
    readTextSync: (path) => {
      const text = files[path];
      if (text === undefined) throw new Error('there is no such file');
      return text;
    },
    download: async (url) => ({ status: url in web ? 200 : 404, text: web[url] ?? '' }),
    listFolder: async (path) => {
      const names = Object.keys(files).filter((file) => dirname(file) === path);
      return names.length === 0 ? undefined : names.map((file) => basename(file));
    },
    readStdin: async () => stdin,
    editText: async (name, text) => {
      if (!editor) throw new Error('the test did not expect an editor');
      const path = `/tmp/${name}`;
      files[path] = editor(text);
      return { path, remove: async () => void delete files[path] };
    },
    readVariable: (name) => variables[name],
    onSignal: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    exitNow: (exitCode) => said.exits.push(exitCode),
    account: scripted<Account>('account', account),
    openDataFolder: (path) => dataFolder({ ...(path !== undefined && { argument: ` --data ${path}` }), ...folder }),
  };
  const ended = runCommandLine(args, host).then((exitCode) => {
    if (listeners.size > 0) throw new Error('a command left a listener for signals behind');
    return { ...said, exitCode };
  });
  return {
    ended,
    said,
    signal: (signal) => {
      for (const listener of listeners) listener(signal);
    },
  };
}

export const run = (args: readonly string[], script: HostScript = {}): Promise<Ran> => start(args, script).ended;
