import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { OrchestraError } from '../domain/errors';

const processSchema = z.object({ pid: z.number().int(), startTime: z.string() });

const recordSchema = z.object({
  owner: processSchema,
  /** True once both servers answered. */
  ready: z.boolean(),
  temporal: processSchema
    .extend({
      address: z.string(),
      namespace: z.string(),
      webUiUrl: z.string().nullable(),
      executable: z.string(),
      version: z.string(),
    })
    .nullable(),
  postgres: processSchema.extend({ url: z.string(), dataDirectory: z.string() }).nullable(),
});

/** What `servers.json` says: the servers that belong to a data folder, and the process that keeps them running. */
export type ServersRecord = z.infer<typeof recordSchema>;

/** Null where there is no record, or none that this version understands. Throws where it belongs to another user. */
export function readServersRecord(file: string): ServersRecord | null {
  const parsed = recordSchema.safeParse(readJson(file));
  return parsed.success ? parsed.data : null;
}

/** Writes the record, readable by its owner alone (it holds the database's password). */
export function writeServersRecord(file: string, record: ServersRecord): void {
  writeAtomically(file, record, 0o600);
}

export function removeServersRecord(file: string): void {
  rmSync(file, { force: true });
}

const portsSchema = z.object({ temporal: z.number(), webUi: z.number(), postgres: z.number() }).partial();

/** The ports used last time, so that links and settings that people have kept go on working. */
export type RememberedPorts = z.infer<typeof portsSchema>;

export function readRememberedPorts(file: string): RememberedPorts {
  return portsSchema.safeParse(readJson(file)).data ?? {};
}

export function writeRememberedPorts(file: string, ports: RememberedPorts): void {
  writeAtomically(file, ports, 0o644);
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') return null;
    throw new OrchestraError(
      'SERVER_UNAVAILABLE',
      `${file} belongs to another user. Run orchestra as the user who started it, or choose another data folder.`,
      { cause: error },
    );
  }
}

/** A reader, or a starter after a power cut, sees the old file or the new one, never half of one. */
function writeAtomically(file: string, content: unknown, mode: number): void {
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify(content, null, 2)}\n`, { mode });
  renameSync(temporary, file);
}
