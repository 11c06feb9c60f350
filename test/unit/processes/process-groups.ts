import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

const started: ChildProcess[] = [];

interface StartedGroup {
  pid: number;
  firstLine: string;
  /** Exit code and signal of the leader, which may have ended before anybody asks. */
  exit: Promise<unknown[]>;
}

/** Starts a shell script as leader of a process group, and waits for its first line of output, which is returned. */
export async function startGroup(script: string): Promise<StartedGroup> {
  const child = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  started.push(child);
  const exit = once(child, 'exit');
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  if (child.pid === undefined) throw new Error('the group has no pid');
  return { pid: child.pid, firstLine: chunk.toString('utf8').trim(), exit };
}

/** Ends whatever a failed test left behind. */
export function killStartedGroups(): void {
  for (const { pid } of started.splice(0)) {
    try {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL');
    } catch {
      // It is gone, as it should be.
    }
  }
}
