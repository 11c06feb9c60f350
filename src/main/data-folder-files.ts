import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { planJsonSchema } from '../contracts/schemas/plan-json-schema';
import { isSameProcess, readStartTime } from '../processes/read-process';

const devFile = 'dev.json';
const schemaFile = 'plan.schema.json';

/** Writes what the owner of a data folder's servers keeps there: the schema of plans for editors, and whether it is an `orchestra dev`. */
export function keepDataFolder(dataDirectory: string, { isDev }: { isDev: boolean }): void {
  writeFileSync(join(dataDirectory, schemaFile), `${JSON.stringify(planJsonSchema(), null, 2)}\n`);
  if (!isDev) return;
  const marker = { pid: process.pid, startTime: readStartTime(process.pid) };
  writeFileSync(join(dataDirectory, devFile), `${JSON.stringify(marker)}\n`);
}

/** Whether the process is the living `orchestra dev` of the data folder. */
export function isDevOf(dataDirectory: string, pid: number): boolean {
  try {
    const marker = JSON.parse(readFileSync(join(dataDirectory, devFile), 'utf8')) as { pid: number; startTime: string };
    return marker.pid === pid && isSameProcess(marker.pid, marker.startTime);
  } catch {
    return false;
  }
}
