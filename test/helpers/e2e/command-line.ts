import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readProcess } from '../../../src/processes/read-process';
import { createClient } from '../../../src/sdk/http';
import type { Orchestra } from '../../../src/sdk/http';
import { until } from '../until';

const program = join(process.cwd(), 'bin', 'orchestra.js');

export interface CommandEnd {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** `orchestra`, as a user runs it: a process of its own. */
export interface RunningCommand {
  pid: number;
  /** What it has said by now. */
  said: { stdout: string; stderr: string };
  ended: Promise<CommandEnd>;
  signal(signal: NodeJS.Signals): void;
}

/** A data folder of its own, and the commands that were run on it. */
export class CommandLine {
  readonly directory = mkdtempSync(join(tmpdir(), 'orchestra-cli-'));
  readonly dataDirectory = join(this.directory, 'data');
  private readonly running = new Set<RunningCommand>();

  /** `environment`: variables of all of them. */
  constructor(private readonly environment: Record<string, string> = {}) {
    // As root, PostgreSQL runs as somebody else.
    chmodSync(this.directory, 0o755);
  }

  start(...args: string[]): RunningCommand {
    return this.startWith('', args);
  }

  private startWith(input: string, args: readonly string[]): RunningCommand {
    // Nothing of the servers that other tests share.
    const { PATH, HOME } = process.env;
    const environment = {
      PATH,
      HOME,
      XDG_CACHE_HOME: process.env['XDG_CACHE_HOME'],
      ORCHESTRA_DATA: this.dataDirectory,
      ...this.environment,
    };
    const child = spawn(process.execPath, [program, ...args], { cwd: this.directory, env: environment, stdio: 'pipe' });
    child.stdin.end(input);
    const said = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
    const ended = new Promise<CommandEnd>((resolve, reject) => {
      child.on('error', reject).on('close', (exitCode) => {
        this.running.delete(command);
        resolve({ exitCode, ...said });
      });
    });
    const command: RunningCommand = {
      pid: child.pid ?? 0,
      said,
      ended,
      signal: (signal) => void child.kill(signal),
    };
    this.running.add(command);
    return command;
  }

  run(...args: string[]): Promise<CommandEnd> {
    return this.start(...args).ended;
  }

  /** A command that reads this from stdin. */
  runWith(input: string, ...args: string[]): Promise<CommandEnd> {
    return this.startWith(input, args).ended;
  }

  /** Processes that keep the servers of the data folder running, and the servers. */
  serverPids(): number[] {
    const record = JSON.parse(readFileSync(join(this.dataDirectory, 'servers.json'), 'utf8')) as Record<
      string,
      { pid: number }
    >;
    return ['owner', 'temporal', 'postgres'].map((name) => record[name]?.pid ?? 0);
  }

  /** Ends what still runs, and removes the folder. */
  async clear(): Promise<void> {
    const left = [...this.running];
    for (const command of left) command.signal('SIGKILL');
    await Promise.all(left.map(({ ended }) => ended));
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
  }
}

/** A client of a `dev` that is ready, with the token of its data folder. */
export function clientOf(cli: CommandLine, dev: RunningCommand): Orchestra {
  const [, apiUrl = ''] = /API +(http:\S+)/.exec(dev.said.stdout) ?? [];
  return createClient({ apiUrl, token: readFileSync(join(cli.dataDirectory, 'api-token'), 'utf8').trim() });
}

export function untilSaid(command: RunningCommand, text: string | RegExp): Promise<void> {
  return until(
    `${String(text)} is said`,
    () => (command.said.stdout + command.said.stderr).search(text) >= 0,
    240_000,
  ).catch((error: unknown) => {
    throw new Error(`${(error as Error).message}, but:\n${command.said.stdout}\n${command.said.stderr}`);
  });
}

export const isAlive = (pid: number): boolean => readProcess(pid) !== null;
