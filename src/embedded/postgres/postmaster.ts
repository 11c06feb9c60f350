import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { commandLine } from '../../processes/command-line';
import { readProcess, readStartTime, type ProcessInformation } from '../../processes/read-process';

/** The PostgreSQL server that runs on this cluster, whoever started it; null where there is none. */
export function findPostmaster(cluster: string): ProcessInformation | null {
  const pid = readPid(cluster);
  const running = pid === null ? null : readProcess(pid);
  return running !== null && serves(running.pid, cluster) ? running : null;
}

/**
 * Removes the pid file of a server that was killed where PostgreSQL would take it for running: its pid belongs to some other program
 * (in a container the same few pids come again on every start), or to its zombie, which nobody has reaped. Where a process of that
 * server still uses its memory, PostgreSQL refuses to start by the memory alone. Call it under the lock of the data folder.
 */
export function removeStalePidFile(cluster: string): void {
  const pid = readPid(cluster);
  const isTaken = pid !== null && readStartTime(pid) !== null;
  if (isTaken && findPostmaster(cluster) === null) rmSync(path.join(cluster, 'postmaster.pid'));
}

function readPid(cluster: string): number | null {
  const file = path.join(cluster, 'postmaster.pid');
  if (!existsSync(file)) return null;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  return Number.isInteger(pid) && pid > 1 ? pid : null;
}

function serves(pid: number, cluster: string): boolean {
  const [program, ...args] = commandLine(pid);
  if (program === undefined || !/^postgres(\.exe)?$/.test(path.basename(program))) return false;
  // A server that was not started with -D by us is taken for ours, so that nothing is ever started beside it.
  const directory = args[args.indexOf('-D') + 1];
  return !args.includes('-D') || directory === undefined || isSameDirectory(directory, cluster);
}

function isSameDirectory(one: string, other: string): boolean {
  const [first, second] = [one, other].map((directory) => statSync(directory, { throwIfNoEntry: false }));
  return first !== undefined && second !== undefined && first.ino === second.ino && first.dev === second.dev;
}
