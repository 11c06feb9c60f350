import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { EmbeddedServersOptions } from '../../src/embedded/embedded-servers';

/** What test/embedded/embedded-owner.ts tells of itself. */
export interface OwnerReport {
  owned: boolean;
  address: string;
  webUiUrl: string | null;
  databaseUrl: string;
  temporalPid: number;
  postgresPid: number;
  guardianPid: number;
}

export interface OwnerProcess extends OwnerReport {
  child: ChildProcess;
  /** Has the owner stop its servers, and waits for its exit. */
  stop(): Promise<void>;
}

const owners: ChildProcess[] = [];

/** Starts servers in a process of their own, and waits until they run. */
export async function startOwner(options: Omit<EmbeddedServersOptions, 'environment'>): Promise<OwnerProcess> {
  const hook = path.join(__dirname, '../../scripts/typescript-hook.cjs');
  const program = path.join(__dirname, 'embedded-owner.ts');
  const child = spawn(process.execPath, ['--require', hook, program, JSON.stringify(options)], { stdio: 'pipe' });
  owners.push(child);
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  const exited = once(child, 'exit').then(() => {
    throw new Error(`the owner ended before its servers ran:\n${said}`);
  });
  exited.catch(() => undefined);
  const [line] = (await Promise.race([once(child.stdout, 'data'), exited])) as [Buffer];
  const report = JSON.parse(line.toString('utf8')) as OwnerReport;
  return {
    ...report,
    child,
    async stop() {
      const exit = once(child, 'exit');
      child.stdin.end();
      await exit;
    },
  };
}

/** Ends owners that a failed test left behind; their guardians end the servers. */
export function killOwners(): void {
  for (const child of owners.splice(0)) child.kill('SIGKILL');
}
