import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** What the process has in memory, in MiB; pages that it shares with others count in each. */
export function memoryOf(pid: number): number {
  try {
    const [, kib = '0'] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Math.round(Number(kib) / 1024);
  } catch {
    return 0;
  }
}

/** Temporal's server, and PostgreSQL's processes: those of PostgreSQL without the pages that they share. */
export function memoryOfServers(dataDirectory: string): Record<string, number> {
  const record = JSON.parse(readFileSync(join(dataDirectory, 'servers.json'), 'utf8')) as Record<
    'temporal' | 'postgres',
    { pid: number }
  >;
  const backends = childrenOf(record.postgres.pid);
  const sum = backends.map(ownMemoryOf).reduce((total, mib) => total + mib, memoryOf(record.postgres.pid));
  return { temporal: memoryOf(record.temporal.pid), [`postgres, ${backends.length + 1} processes`]: Math.round(sum) };
}

function childrenOf(pid: number): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const [, parent] = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${name}/status`, 'utf8')) ?? [];
      return Number(parent) === pid ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

function ownMemoryOf(pid: number): number {
  try {
    const [, kib = '0'] = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kib) / 1024;
  } catch {
    return 0;
  }
}
