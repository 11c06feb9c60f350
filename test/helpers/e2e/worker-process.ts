import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { WorkerRole } from '../../../src/main/run-workers';

/** What worker-main.ts is told. */
export interface WorkerOptions {
  addresses: {
    databaseUrl: string;
    temporal: { connectionOptions: { address: string }; namespace: string };
  };
  /** `ORCHESTRA_*` variables. */
  environment: Record<string, string>;
  roles: WorkerRole[];
  bundle: { codePath: string };
  fault?: WorkerFault;
}

/** A worker that gets SIGKILL at the worst of moments; a bare one instead of the roles, unless it says otherwise. */
export type WorkerFault =
  /** Of a session worker: the turn that took in the event of this id is committed, and Temporal has not heard of it. */
  | { diesAfterAccepting: string }
  /** Of an agent worker: it has got an attempt from Temporal, and not begun it. */
  | { diesBeforeBeginning: true }
  /** Of a worker with all its roles: an attempt is settled in a turn, that is committed, and Temporal has heard of neither. */
  | { diesAfterOutcomeTurn: true };

export interface WorkerReport {
  guardianPid: number;
}

/** Workers in a process of their own. */
export interface WorkerProcess {
  readonly pid: number;
  /** Settles when the process has ended. */
  readonly exited: Promise<void>;
  readonly hasExited: boolean;
  /** SIGKILL; its guardian then ends the agents. */
  kill(): Promise<void>;
  /** SIGKILL to the guardian and to the worker: the agents live on. */
  killWithGuardian(): Promise<void>;
  /** Shuts down as an operator would, and waits for it. */
  stop(): Promise<void>;
  /** SIGSTOP: the process lives and does nothing. */
  suspend(): void;
  resume(): void;
}

/** Starts workers and waits until they poll. */
export async function startWorkerProcess(options: WorkerOptions): Promise<WorkerProcess> {
  const hook = join(__dirname, '../../../scripts/typescript-hook.cjs');
  const program = join(__dirname, 'worker-main.ts');
  const child = spawn(process.execPath, ['--require', hook, program, JSON.stringify(options)], { stdio: 'pipe' });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  // A worker that is killed closes it.
  child.stdin.on('error', () => undefined);
  let hasExited = false;
  const exited = once(child, 'exit').then(() => {
    hasExited = true;
  });
  const endedEarly = exited.then(() => {
    throw new Error(`the worker ended before it was ready:\n${said}`);
  });
  endedEarly.catch(() => undefined);
  const [line] = (await Promise.race([once(child.stdout, 'data'), endedEarly])) as [Buffer];
  const { guardianPid } = JSON.parse(line.toString('utf8')) as WorkerReport;
  const { pid } = child;
  if (pid === undefined) throw new Error('a worker that said it is ready has no pid');
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await exited;
  };
  return {
    pid,
    exited,
    get hasExited() {
      return hasExited;
    },
    kill: () => end('SIGKILL'),
    killWithGuardian: () => {
      process.kill(guardianPid, 'SIGKILL');
      return end('SIGKILL');
    },
    stop: () => end('SIGTERM'),
    suspend: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
  };
}
