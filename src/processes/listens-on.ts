import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** True where this process itself, and not some other one, accepts TCP connections on the port. */
export function listensOn(pid: number, port: number): boolean {
  try {
    return process.platform === 'linux' ? listensFromProc(pid, port) : listensFromLsof(pid, port);
  } catch {
    return false;
  }
}

function listensFromProc(pid: number, port: number): boolean {
  const sockets = listeningSockets(`/proc/${pid}/net/tcp`, port).concat(
    listeningSockets(`/proc/${pid}/net/tcp6`, port),
  );
  if (sockets.length === 0) return false;
  return readdirSync(`/proc/${pid}/fd`).some((fd) => {
    try {
      return sockets.includes(readlinkSync(`/proc/${pid}/fd/${fd}`));
    } catch {
      return false;
    }
  });
}

function listeningSockets(file: string, port: number): string[] {
  const hexPort = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  let table: string;
  try {
    table = readFileSync(file, 'utf8');
  } catch {
    return [];
  }
  return table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[1]?.endsWith(hexPort) === true && columns[3] === '0A')
    .map((columns) => `socket:[${columns[9]}]`);
}

function listensFromLsof(pid: number, port: number): boolean {
  const args = ['-nP', '-a', '-p', String(pid), `-iTCP:${port}`, '-sTCP:LISTEN', '-t'];
  return execFileSync('/usr/sbin/lsof', args, { encoding: 'utf8', env: {} }).trim() !== '';
}
