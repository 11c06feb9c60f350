import type { Queryable } from './scope';

/**
 * What the request has done in all, with `count` of it just now, in the transaction of this call: whoever does it again has nothing left to do, adds 0, and
 * is told what was done the first time. Without a request, `count`.
 *
 * @param what one of the things that the request does, each of which is counted by itself
 */
export async function countedBy(
  client: Queryable,
  workspace: string,
  { request, what }: { request: string | undefined; what: string },
  count: number,
): Promise<number> {
  if (request === undefined) return count;
  const { rows } = await client.query<{ count: number }>(countText, [workspace, request, what, count]);
  return rows[0]?.count ?? count;
}

// No key is older than a day, and none is repeated for much longer than that.
const countText = `
  WITH old AS (DELETE FROM request_counts WHERE workspace = $1 AND at < now() - interval '2 days')
  INSERT INTO request_counts AS known (workspace, request, what, count) VALUES ($1, $2, $3, $4)
  ON CONFLICT (workspace, request, what) DO UPDATE SET count = known.count + excluded.count RETURNING count`;
