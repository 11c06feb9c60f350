import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A living process. `startTime` is opaque: equal texts for one pid mean the same process, also across reboots. */
export interface ProcessInformation {
  pid: number;
  groupId: number;
  startTime: string;
}

let bootId: string | undefined;

/** Reads one process; null where there is none, or only a zombie that nobody has reaped. */
export function readProcess(pid: number): ProcessInformation | null {
  return process.platform === 'linux' ? readFromProc(pid) : readFromPs(pid);
}

/** The start time of a process that may be a zombie already; null where the pid is free. */
export function readStartTime(pid: number): string | null {
  return (process.platform === 'linux' ? readFromProc(pid, true) : readFromPs(pid, true))?.startTime ?? null;
}

/** True while the process that had this start time still runs: a reused pid is not the same process. */
export function isSameProcess(pid: number, startTime: string): boolean {
  return readProcess(pid)?.startTime === startTime;
}

/** Whether the process that had this start time has ended. False where it cannot be looked at just now. */
export function hasEnded(pid: number, startTime: string): boolean {
  try {
    return !isSameProcess(pid, startTime);
  } catch {
    return false;
  }
}

function readFromProc(pid: number, zombieToo = false): ProcessInformation | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return null;
    // It cannot be looked at, for instance because too many files are open; that says nothing of the process.
    throw error;
  }
  // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
  const [state, , groupId, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // Other threads of a zombie can still be on their way out, and hold its sockets as long: only the last one is the end.
  const isZombie = (state === 'Z' || state === 'X') && Number(rest[14]) <= 1;
  if (isZombie && !zombieToo) return null;
  // Clock ticks since boot: after a reboot another process can have the same pid and the same ticks.
  bootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
  return { pid, groupId: Number(groupId), startTime: `${bootId}-${rest[16]}` };
}

function readFromPs(pid: number, zombieToo = false): ProcessInformation | null {
  let line: string;
  try {
    line = execFileSync('/bin/ps', ['-o', 'stat=,pgid=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return null;
  }
  const [state, groupId, ...started] = line.split(/\s+/);
  if (state === undefined || (!zombieToo && state.startsWith('Z'))) return null;
  return { pid, groupId: Number(groupId), startTime: started.join('_').replaceAll(':', '-') };
}
