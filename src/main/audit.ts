import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pool } from 'pg';
import type { AuditLog } from '../contracts/ports/audit-log';
import { parseAnchors } from '../domain/audit/kept-anchors';
import type { StoredPlace } from '../domain/audit/verify-chain';
import { createAuditLog } from '../stores/audit-log';
import { auditKeys } from './audit-keys';
import type { Configuration } from './configuration';
import { quietly } from './report';
import type { Report } from './report';
import { loadKeyFile } from './secret-keys';

const keyFile = 'audit.key';
const anchorFile = 'audit-anchors.jsonl';

/** What is cut off the end of a log within this time, with the head that was signed before, is noticed by nobody. */
const anchorEveryMs = 60_000;

type AuditSettings = Pick<Configuration, 'databaseUrl' | 'dataDirectory' | 'audit'>;

/** The audit log as the configuration has it. Throws USAGE for keys that cannot be read. */
export function openAuditLog(pool: Pool, configuration: AuditSettings, report: Report): AuditLog {
  const { databaseUrl, dataDirectory, audit } = configuration;
  // Servers of this data folder have their key there; for others, somebody has to say where it comes from.
  const loadKeys = () => audit.keys ?? (databaseUrl === undefined ? loadKeyFile(dataDirectory, keyFile) : []);
  return createAuditLog(pool, {
    ...auditKeys(loadKeys),
    anchorEveryMs,
    keepAnchor: async (anchor) => {
      const path = anchorFileOf(configuration);
      if (path === undefined) return;
      const file = await open(path, 'a', 0o600);
      try {
        await file.writeFile(`${JSON.stringify(anchor)}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
    },
    now: Date.now,
    onError: quietly('Audit log', report),
  });
}

/** Where anchors are kept besides the database, and those that are there; undefined where nobody has said a place. Throws USAGE for what is no anchor. */
export async function keptAnchors(
  configuration: AuditSettings,
): Promise<{ file: string; anchors: StoredPlace[] } | undefined> {
  const file = anchorFileOf(configuration);
  if (file === undefined) return undefined;
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  });
  return { file, anchors: parseAnchors(file, text) };
}

function anchorFileOf({ databaseUrl, dataDirectory, audit }: AuditSettings): string | undefined {
  return audit.anchorFile ?? (databaseUrl === undefined ? join(dataDirectory, anchorFile) : undefined);
}

/** What is to be said where a database of somebody's own comes without a key for its audit log; undefined where all is well. */
export function unsignedAudit({
  databaseUrl,
  audit,
}: Pick<AuditSettings, 'databaseUrl' | 'audit'>): string | undefined {
  if (databaseUrl === undefined || audit.keys) return undefined;
  return (
    'The audit log is not signed: whoever has the database can rewrite it, and nobody notices. ' +
    'Set ORCHESTRA_AUDIT_KEYS to ID:KEY for every process that uses this database; `echo "a1:$(openssl rand -base64 32)"` makes one.'
  );
}
