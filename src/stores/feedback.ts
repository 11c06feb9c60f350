import type { Pool } from 'pg';
import type { AttemptKey, FeedbackStore } from '../contracts/ports/feedback-store';
import { OrchestraError } from '../domain/errors';
import { correctionIn } from './corrections';
import { databaseText } from './database-text';
import { inTransaction } from './transaction';
import { inWorkspace } from './scope';

export function createFeedbackStore(pool: Pool): FeedbackStore {
  return {
    add: (key, { rating = null, useful = null, modifications = null }) =>
      inTransaction(inWorkspace(pool, key.workspace), async (client) => {
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
              text: `INSERT INTO outcome_feedback (workspace, session, run, attempt, rating, useful, modifications)
                     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
              values: [workspace, session, run, attempt, rating, useful, modifications && databaseText(modifications)],
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

function outcomeNotFound({ session, run, attempt }: AttemptKey): OrchestraError {
  const which = attempt === undefined ? `No attempt of "${run}"` : `Attempt ${attempt} of "${run}"`;
  return new OrchestraError(
    'ATTEMPT_NOT_FOUND',
    `${which} in session "${session}" has ended. See what it did with: orchestra sessions show ${session}.`,
  );
}
