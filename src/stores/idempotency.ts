import type { Pool } from 'pg';
import type { IdempotencyStore } from '../contracts/ports/idempotency-store';
import { inWorkspace } from './scope';

/** The hash of no request. */
const givenBack = '';

interface Row {
  request_hash: string;
  status: number | null;
  location: string | null;
  body: string | null;
}

export function createIdempotencyStore(pool: Pool): IdempotencyStore {
  return {
    claim: async ({ workspace, subject, key }, requestHash, lockMs) => {
      await inWorkspace(pool, workspace).query(
        `DELETE FROM idempotency_keys WHERE created_at < now() - interval '1 day'`,
      );
      // A lock that has run out is taken over, for the same request only; a key that was given back, for any.
      const claimed = await inWorkspace(pool, workspace).query<{ seed: string }>(
        `INSERT INTO idempotency_keys AS known (workspace, subject, key, request_hash, locked_until)
         VALUES ($1, $2, $3, $4, now() + $5::float8 * interval '1 millisecond')
         ON CONFLICT (workspace, subject, key) DO UPDATE SET locked_until = excluded.locked_until, request_hash = excluded.request_hash
         WHERE known.request_hash IN (excluded.request_hash, $6) AND known.status IS NULL AND known.locked_until <= now()
         RETURNING seed`,
        [workspace, subject, key, requestHash, lockMs, givenBack],
      );
      const [mine] = claimed.rows;
      if (mine) return { state: 'mine', seed: mine.seed };
      const { rows } = await inWorkspace(pool, workspace).query<Row>(
        `SELECT request_hash, status, location, body FROM idempotency_keys WHERE workspace = $1 AND subject = $2 AND key = $3`,
        [workspace, subject, key],
      );
      const [row] = rows;
      // Given back in between: whoever asks again gets it.
      if (!row || row.request_hash === givenBack) return { state: 'running' };
      if (row.request_hash !== requestHash) return { state: 'other' };
      const { status, location, body } = row;
      return status === null || body === null
        ? { state: 'running' }
        : { state: 'answered', answer: { status, location, body } };
    },
    answer: async ({ workspace, subject, key }, { status, location, body }) => {
      await inWorkspace(pool, workspace).query(
        // One that comes late, after another has taken the work over, says nothing any more.
        `UPDATE idempotency_keys SET status = $4, location = $5, body = $6
         WHERE workspace = $1 AND subject = $2 AND key = $3 AND status IS NULL`,
        [workspace, subject, key, status, location, body],
      );
    },
    release: async ({ workspace, subject, key }) => {
      await inWorkspace(pool, workspace).query(
        // Its seed stays: some of it may have been done.
        `UPDATE idempotency_keys SET locked_until = now(), request_hash = $4
         WHERE workspace = $1 AND subject = $2 AND key = $3 AND status IS NULL`,
        [workspace, subject, key, givenBack],
      );
    },
  };
}
