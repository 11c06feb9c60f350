import type { Client } from 'pg';

/** Copies the rows of a workspace into so many others, in all tables that have workspaces. Numbers that the database gives are given anew. Resolves with the rows that there are then. */
export async function fillWorkspaces(client: Client, from: string, copies: number): Promise<number> {
  // No triggers: what they would write is copied, too.
  await client.query('SET session_replication_role = replica');
  const { rows: tables } = await client.query<{ name: string; columns: string[] }>(
    `SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) FILTER (
              WHERE a.attname <> 'workspace' AND a.attidentity = '' AND a.attgenerated = ''
                AND coalesce(pg_get_expr(d.adbin, d.adrelid), '') NOT LIKE 'nextval%') AS columns
     FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
     WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
     GROUP BY c.oid HAVING bool_or(a.attname = 'workspace') ORDER BY 1`,
  );
  let total = 0;
  for (const { name, columns } of tables) {
    const listed = columns.map((column) => client.escapeIdentifier(column)).join(', ');
    const table = client.escapeIdentifier(name);
    await client.query(
      `INSERT INTO ${table} (workspace, ${listed})
       SELECT 'copy-' || nth, ${listed} FROM ${table}, generate_series(1, $2::int) AS nth WHERE workspace = $1
       ON CONFLICT DO NOTHING`,
      [from, copies],
    );
    const { rows } = await client.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`);
    total += rows[0]?.count ?? 0;
  }
  await client.query('SET session_replication_role = origin');
  await client.query('VACUUM ANALYZE');
  return total;
}
