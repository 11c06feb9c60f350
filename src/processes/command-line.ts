import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Program and arguments of a process; empty where it is gone. On macOS arguments with spaces come apart. */
export function commandLine(pid: number): string[] {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
    const line = execFileSync('/bin/ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8', env: {} });
    return line.trim().split(/\s+/);
  } catch {
    return [];
  }
}
