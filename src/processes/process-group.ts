import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { readProcess } from './read-process';

/** Sends a signal to every process of the group; false where the group has no process any more. Throws on 0, 1 and our own group. */
export function signalProcessGroup(groupId: number, signal: NodeJS.Signals): boolean {
  // kill(-0) would hit our own group and kill(-1) every process of the machine.
  if (!Number.isInteger(groupId) || groupId <= 1) throw new RangeError(`${groupId} is not a process group to signal`);
  if (readProcess(process.pid)?.groupId === groupId)
    throw new RangeError(`${groupId} is the caller's own process group`);
  return sendSignal(-groupId, signal);
}

/** True while the group has a living process. Zombies do not count: where pid 1 does not reap, they stay for ever. */
export function processGroupIsAlive(groupId: number): boolean {
  return sendSignal(-groupId, 0) && livingMembers(groupId).length > 0;
}

function sendSignal(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(target, signal);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ESRCH') return false;
    // A group of zombies (macOS), or one of which we may signal no member: whether it lives is for the caller to look at.
    if (code === 'EPERM' && signal === 0) return true;
    if (code === 'EPERM' && livingMembers(-target).length === 0) return false;
    throw error;
  }
}

function livingMembers(groupId: number): number[] {
  return process.platform === 'linux' ? membersFromProc(groupId) : membersFromPs(groupId);
}

function membersFromProc(groupId: number): number[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.filter((pid) => readProcess(pid)?.groupId === groupId);
}

function membersFromPs(groupId: number): number[] {
  return execFileSync('/bin/ps', ['-A', '-o', 'pid=,pgid=,stat='], { encoding: 'utf8', env: { LC_ALL: 'C' } })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, group, state]) => Number(group) === groupId && !state?.startsWith('Z'))
    .map(([pid]) => Number(pid));
}
