import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readProcess } from '../../../src/processes/read-process';

/** What an agent (see agent.cjs) wrote about itself. */
export interface AgentTrace {
  what: 'started' | 'told to stop' | 'finished';
  session: string;
  task: string;
  attempt: number;
  /** The idempotency key it was given. */
  key: string;
  pid: number;
  /** Milliseconds since 1970. */
  at: number;
}

/** The folder in which the agents of a test leave their traces, and in which the gates are that they wait for. */
export class AgentTraces {
  readonly directory = mkdtempSync(join(tmpdir(), 'orchestra-agents-'));

  constructor() {
    mkdirSync(join(this.directory, 'gates'));
    writeFileSync(join(this.directory, 'traces.jsonl'), '');
  }

  /** The command of an agent; a held one works until its gate is opened. */
  command(mode: 'free' | 'held'): string[] {
    return [process.execPath, join(__dirname, 'agent.cjs'), this.directory, ...(mode === 'held' ? ['held'] : [])];
  }

  /** Lets held attempts finish, those to come included: of a task (`fix`), one attempt of it (`fix.2`), or `all`. */
  openGate(gate: string): void {
    writeFileSync(join(this.directory, 'gates', gate), '');
  }

  all(): AgentTrace[] {
    const text = readFileSync(join(this.directory, 'traces.jsonl'), 'utf8');
    // What follows the last line is being written.
    const lines = text.split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as AgentTrace);
  }

  of(task: string, what: AgentTrace['what']): AgentTrace[] {
    return this.all().filter((trace) => trace.task === task && trace.what === what);
  }

  /** Whether all of these tasks are under way, or were. */
  haveStarted(...tasks: string[]): boolean {
    return tasks.every((task) => this.of(task, 'started').length > 0);
  }

  /** Agents whose process lives. */
  living(): AgentTrace[] {
    return this.all().filter((trace) => trace.what === 'started' && this.isAlive(trace.pid));
  }

  /** SIGKILL to all that live. */
  kill(): void {
    for (const { pid } of this.living()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch (error) {
        // It has ended by itself meanwhile.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
  }

  /** Ends what lives and removes the folder. */
  clear(): void {
    this.kill();
    // One that is only just starting may leave its trace there now.
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }

  /** A pid can be reused: only a process that was started with our folder counts. */
  isAlive(pid: number): boolean {
    return readProcess(pid) !== null && commandLineOf(pid).includes(this.directory);
  }
}

function commandLineOf(pid: number): string {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return execFileSync('/bin/ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}
