import type { Pool } from 'pg';
import type { RequestLimitStore } from '../contracts/ports/request-limit-store';
import { acrossWorkspaces } from './scope';

/** Buckets of the whole installation: their keys are digests, and say of nobody who it is. */
export function createRequestLimitStore(pool: Pool): RequestLimitStore {
  const scope = acrossWorkspaces(pool, 'request limits');
  return {
    settle: async (uses) => {
      // What is full again is not missed. Few are looked at, for this goes with every settlement.
      await scope.query(
        `DELETE FROM request_limits WHERE bucket IN (SELECT bucket FROM request_limits WHERE at < now() - interval '5 minutes'
         ORDER BY at LIMIT 100 FOR UPDATE SKIP LOCKED)`,
      );
      // In the order of the keys: processes that settle the same ones do not wait for each other in a ring.
      const { rows } = await scope.query<{ bucket: string; tokens: number }>(
        `INSERT INTO request_limits AS known (bucket, per_minute, tokens, at)
         SELECT bucket, per_minute, per_minute - used, now()
         FROM unnest($1::text[], $2::float8[], $3::float8[]) AS use (bucket, used, per_minute) ORDER BY bucket
         ON CONFLICT (bucket) DO UPDATE SET
           tokens = greatest(-excluded.per_minute, excluded.tokens - excluded.per_minute + least(excluded.per_minute, known.tokens
             + greatest(0, extract(epoch FROM excluded.at - known.at)::float8) * excluded.per_minute / 60)),
           per_minute = excluded.per_minute,
           at = greatest(known.at, excluded.at)
         RETURNING bucket, tokens`,
        [uses.map(({ key }) => key), uses.map(({ used }) => used), uses.map(({ perMinute }) => perMinute)],
      );
      return new Map(rows.map(({ bucket, tokens }) => [bucket, tokens]));
    },
  };
}
