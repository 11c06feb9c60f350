import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DevApi } from '../cli/ports';
import { planJsonSchema } from '../contracts/schemas/plan-json-schema';
import { isSameProcess, readStartTime } from '../processes/read-process';

const devFile = 'dev.json';
const schemaFile = 'plan.schema.json';

interface DevMarker {
  pid: number;
  startTime: string | null;
  api?: DevApi;
}

/** Writes what the owner of a data folder's servers keeps there: the schema of plans for editors, and whether it is an `orchestra dev`. */
export function keepDataFolder(dataDirectory: string, { isDev }: { isDev: boolean }): void {
  writeFileSync(join(dataDirectory, schemaFile), `${JSON.stringify(planJsonSchema(), null, 2)}\n`);
  if (isDev) writeMarker(dataDirectory, thisProcess());
}

/** Lets the next `orchestra dev` on the data folder say where the API of this one is. */
export function keepDevApi(dataDirectory: string, api: DevApi): void {
  writeMarker(dataDirectory, { ...thisProcess(), api });
}

/** The process as the living `orchestra dev` of the data folder, with its API once that listens; undefined where it is none. */
export function findDev(dataDirectory: string, pid: number): { api: DevApi | null } | undefined {
  try {
    const marker = JSON.parse(readFileSync(join(dataDirectory, devFile), 'utf8')) as DevMarker;
    if (marker.pid !== pid || marker.startTime === null || !isSameProcess(pid, marker.startTime)) return undefined;
    return { api: marker.api ?? null };
  } catch {
    return undefined;
  }
}

const thisProcess = (): DevMarker => ({ pid: process.pid, startTime: readStartTime(process.pid) });

/** At once: whoever reads it meanwhile finds all of it. */
function writeMarker(dataDirectory: string, marker: DevMarker): void {
  const path = join(dataDirectory, devFile);
  writeFileSync(`${path}.new`, `${JSON.stringify(marker)}\n`);
  renameSync(`${path}.new`, path);
}
