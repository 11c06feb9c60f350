import type { Connection } from '@temporalio/client';
import { temporal } from '@temporalio/proto';

const { INDEXED_VALUE_TYPE_KEYWORD } = temporal.api.enums.v1.IndexedValueType;

/** By what Temporal's Web UI can filter sessions. The server with SQLite has room for 10 keywords. */
export const searchAttributes = {
  OrchestraWorkspace: INDEXED_VALUE_TYPE_KEYWORD,
  OrchestraPlan: INDEXED_VALUE_TYPE_KEYWORD,
  OrchestraStatus: INDEXED_VALUE_TYPE_KEYWORD,
  OrchestraMode: INDEXED_VALUE_TYPE_KEYWORD,
};

/** Adds those that are missing: the server registers the ones of its command line only when it makes a new database. */
export async function ensureSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.entries(searchAttributes).filter(([name]) => customAttributes[name] === undefined);
  if (missing.length === 0) return;
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(missing) });
}
