import { open } from 'node:fs/promises';
import type { Pool } from 'pg';
import type { AuditLog } from '../contracts/ports/audit-log';
import { createAuditLog } from '../stores/audit-log';
import { auditKeys } from './audit-keys';
import type { Configuration } from './configuration';
import { quietly } from './report';
import type { Report } from './report';
import { loadKeyFile } from './secret-keys';

const keyFile = 'audit.key';

/** What is cut off the end of a log within this time, with the head that was signed before, is noticed by nobody. */
const anchorEveryMs = 60_000;

/** The audit log as the configuration has it. Throws USAGE for keys that cannot be read. */
export function openAuditLog(pool: Pool, configuration: Configuration, report: Report): AuditLog {
  const { databaseUrl, dataDirectory, audit } = configuration;
  // Servers of this data folder have their key there; for others, somebody has to say where it comes from.
  const loadKeys = () => audit.keys ?? (databaseUrl === undefined ? loadKeyFile(dataDirectory, keyFile) : []);
  return createAuditLog(pool, {
    ...auditKeys(loadKeys),
    anchorEveryMs,
    keepAnchor: async (anchor) => {
      if (audit.anchorFile === undefined) return;
      const file = await open(audit.anchorFile, 'a', 0o600);
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
