import type { StoredEntry, StoredPlace } from '../domain/audit/verify-chain';
import type { Queryable } from './scope';

const rowsAtOnce = 1_000;

/** The chain from its first entry on. */
export async function* readEntries(client: Queryable, workspace: string): AsyncGenerator<StoredEntry> {
  for (let after: number | null = null; ;) {
    const { rows }: { rows: StoredEntry[] } = await client.query<StoredEntry>(
      `SELECT seq, entry, encode(hash, 'hex') AS hash FROM audit_log
       WHERE workspace = $1 AND ($2::bigint IS NULL OR seq > $2) ORDER BY seq LIMIT ${rowsAtOnce}`,
      [workspace, after],
    );
    yield* rows;
    after = rows.at(-1)?.seq ?? null;
    if (rows.length < rowsAtOnce) return;
  }
}

const place = `encode(hash, 'hex') AS hash, key_id AS "keyId", translate(encode(signature, 'base64'), E'\\n', '') AS signature`;

export async function readHead(client: Queryable, workspace: string): Promise<StoredPlace | undefined> {
  const { rows } = await client.query<StoredPlace>(
    `SELECT 'head' AS kind, workspace, seq, ${place} FROM audit_heads WHERE workspace = $1`,
    [workspace],
  );
  return rows[0];
}

export async function readAnchors(client: Queryable, workspace: string): Promise<StoredPlace[]> {
  const { rows } = await client.query<StoredPlace>(
    `SELECT 'anchor' AS kind, workspace, seq, at, ${place} FROM audit_anchors WHERE workspace = $1 ORDER BY seq`,
    [workspace],
  );
  return rows;
}
