import type { Pool, PoolClient } from 'pg';
import type { AttemptKey, FeedbackStore, JudgedAttempt } from '../contracts/ports/feedback-store';
import { OrchestraError } from '../domain/errors';
import { correctionIn } from './corrections';
import { databaseText } from './database-text';
import { inTransaction } from './transaction';
import { inWorkspace } from './scope';

export function createFeedbackStore(pool: Pool): FeedbackStore {
  return {
    add: (key, { rating = null, useful = null, modifications = null }, seed) =>
      inTransaction(inWorkspace(pool, key.workspace), async (client) => {
        const before = await saidBefore(client, key, seed);
        if (before) return { result: before, writes: [] };
        const { workspace, session, run } = key;
        const { rows } = await client.query<{ attempt: number; agent: string; agent_workspace: string | null }>(
          `SELECT attempt, agent, agent_workspace FROM outcomes
           WHERE workspace = $1 AND session = $2 AND run = $3 AND ($4::int IS NULL OR attempt = $4) ORDER BY attempt DESC LIMIT 1`,
          [workspace, session, run, key.attempt ?? null],
        );
        const [found] = rows;
        if (!found) throw outcomeNotFound(key);
        const { attempt, agent } = found;
        return {
          result: { run, attempt, agent },
          writes: [
            {
              text: `INSERT INTO outcome_feedback (workspace, session, run, attempt, rating, useful, modifications, request)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
              values: [
                ...[workspace, session, run, attempt],
                ...[rating, useful, modifications && databaseText(modifications), seed ?? null],
              ],
            },
            {
              // Written where it is there already, too: whoever is about to take it waits, and sees then what is said.
              text: `INSERT INTO agents_to_relearn (workspace, agent_workspace, agent)
                     SELECT $1, $2, $3 WHERE $2::text IS NOT NULL
                     ON CONFLICT (workspace, agent_workspace, agent) DO UPDATE SET agent = excluded.agent`,
              values: [workspace, found.agent_workspace, agent],
            },
            correctionIn(workspace),
          ],
        };
      }),
  };
}

/** What the same request has said something of: another attempt may be the latest by now. */
async function saidBefore(
  client: PoolClient,
  { workspace, session, run }: AttemptKey,
  seed: string | undefined,
): Promise<JudgedAttempt | undefined> {
  if (seed === undefined) return undefined;
  const { rows } = await client.query<JudgedAttempt>(
    `SELECT run, attempt, agent FROM outcome_feedback AS said JOIN outcomes USING (workspace, session, run, attempt)
     WHERE workspace = $1 AND session = $2 AND run = $3 AND said.request = $4`,
    [workspace, session, run, seed],
  );
  return rows[0];
}

function outcomeNotFound({ session, run, attempt }: AttemptKey): OrchestraError {
  const which = attempt === undefined ? `No attempt of "${run}"` : `No attempt ${attempt} of "${run}"`;
  return new OrchestraError(
    'ATTEMPT_NOT_FOUND',
    `${which} in session "${session}" has ended. See what it did with: orchestra sessions show ${session}.`,
  );
}
