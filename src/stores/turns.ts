import { DatabaseError } from 'pg';
import type { Pool, PoolClient, QueryConfig, QueryResult } from 'pg';
import type { NewSession } from '../contracts/ports/session-catalog';
import type {
  CommittedTurn,
  StoredTurn,
  TurnGround,
  TurnStore,
  TurnTransaction,
  TurnWrites,
} from '../contracts/ports/turn-store';
import type { TurnRequest, UnbegunAttempt } from '../contracts/protocol/activities';
import { jsonArtifact } from '../contracts/schemas/json-artifact';
import type { AttemptStoreOptions } from './attempts';
import { inTransaction } from './transaction';
import type { Worked } from './transaction';
import { LeaseTokens, takesLeasesOneByOne } from './lease-tokens';
import { addAndOpen, expectTurn, openTurn } from './turn-opening';
import type { OpenedTurn } from './turn-opening';
import { createTurnTransaction } from './turn-transaction';
import { turnWrites } from './turn-writing';
import { inWorkspace } from './scope';

/** Turns in PostgreSQL: one transaction each, first commit wins. */
type UnbegunRow = Omit<UnbegunAttempt, 'agent' | 'remote'> & { agent: string | null; remote: boolean };

export function createTurnStore(pool: Pool, options: AttemptStoreOptions): TurnStore {
  const tokens = new LeaseTokens();
  return {
    inTurn: async (request, work, ground) => {
      const take = (shortcuts: Shortcuts = {}): Promise<StoredTurn> =>
        afterDeadlocks(() =>
          inTransaction(inWorkspace(pool, request.workspace), (client) =>
            takeTurn(client, request, work, { ...options, ...shortcuts }),
          ),
        );
      if (ground) {
        try {
          return await take({ tokens, ground });
        } catch (error) {
          // Refused: another turn came between, or an attempt has a lease. Nobody else knows what was to be settled.
          if (!(error instanceof DatabaseError) && !takesLeasesOneByOne(error)) throw error;
        }
      }
      try {
        return await take({ tokens });
      } catch (error) {
        // An attempt was assigned before, in a branch that a reset has left or to a worker that never came: what was begun of it is adopted.
        if (!takesLeasesOneByOne(error)) throw error;
        return take();
      }
    },
    inFirstTurn: (session, request, work) =>
      inTransaction(inWorkspace(pool, session.workspace), (client) =>
        takeFirstTurn(client, session, request, work, { ...options, tokens }),
      ),
    committedBehind: async ({ workspace, session, turn, runId, continuedFrom }) => {
      const { rows } = await inWorkspace(pool, workspace).query<{ result: CommittedTurn }>({
        name: 'committed-behind',
        text: `SELECT result FROM turns WHERE workspace = $1 AND session = $2 AND turn > $3 AND run_id IN ($4, $5) ORDER BY turn`,
        values: [workspace, session, turn, runId, continuedFrom ?? null],
      });
      return rows.map(({ result }) => result);
    },
    unbegunAttempts: async (workspace, session) => {
      const { rows } = await inWorkspace(pool, workspace).query<UnbegunRow>({
        name: 'unbegun-attempts',
        text: `SELECT run, attempt, token,
                 CASE WHEN host_of(agent) IS NOT NULL THEN agent_workspace || '/' || agent END AS agent,
                 agent_workspace IS NOT NULL AND is_remote_agent(agent_workspace, agent) AS remote FROM leases
               WHERE workspace = $1 AND session = $2 AND holder IS NULL AND released_at IS NULL
                 AND NOT EXISTS (SELECT FROM waiting_line AS line WHERE line.workspace = $1 AND line.session = $2
                                 AND line.run = leases.run AND line.token = leases.token)`,
        values: [workspace, session],
      });
      return rows.map(({ agent, remote, ...attempt }) => ({
        ...attempt,
        ...(agent !== null && { agent }),
        ...(remote && { remote }),
      }));
    },
    // Begun, and held by nobody: a worker may still begin it.
    noteCalled: async (workspace, session, attempts) => {
      await inWorkspace(pool, workspace).query({
        name: 'note-called',
        text: `WITH held AS (
                 SELECT run, attempt FROM leases JOIN jsonb_to_recordset($3) AS x (run text, attempt int, token bigint) USING (run, attempt, token)
                 WHERE workspace = $1 AND session = $2 AND begun_at IS NULL AND released_at IS NULL
                 ORDER BY run, attempt FOR UPDATE OF leases
               )
               UPDATE leases SET begun_at = now() FROM held
               WHERE workspace = $1 AND session = $2 AND leases.run = held.run AND leases.attempt = held.attempt`,
        values: [workspace, session, JSON.stringify(attempts)],
      });
    },
  };
}

/** Whoever loses in a deadlock has waited for a second by PostgreSQL's default; a turn has 30 of them (src/workflows/session-run.ts). */
const triesInDeadlocks = 5;

/**
 * Again where it has lost in a deadlock, as a turn may: it settles what has ended in this process before it locks the accounts of what comes next. With a turn that
 * is given up, nobody knows what was to be settled, and it would be done again.
 */
async function afterDeadlocks<T>(work: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await work();
    } catch (error) {
      const hasLost = error instanceof DatabaseError && error.code === '40P01';
      if (!hasLost || tried === triesInDeadlocks) throw error;
    }
  }
}

/** What a turn need not wait for, because this process knows it. */
interface Shortcuts {
  tokens?: LeaseTokens;
  ground?: TurnGround;
}

type Work = (turn: TurnTransaction) => Promise<TurnWrites>;

function takeTurn(
  client: PoolClient,
  request: TurnRequest,
  work: Work,
  options: AttemptStoreOptions & Shortcuts,
): Promise<Worked<StoredTurn>> {
  const { tokens, ground } = options;
  return takeOpened(client, work, options, (send) =>
    ground && tokens ? expectTurn(request, ground, { tokens, send }) : openTurn(client, request, tokens),
  );
}

async function takeFirstTurn(
  client: PoolClient,
  session: NewSession,
  request: TurnRequest,
  work: Work,
  options: AttemptStoreOptions & { tokens: LeaseTokens },
): Promise<Worked<StoredTurn | undefined>> {
  const inputs = jsonArtifact(session.inputs);
  const added = await addAndOpen(client, request, session, { ...options, inputs });
  if (!added) return { result: undefined, writes: [] };
  options.keepAtHand?.(session.workspace, inputs);
  return takeOpened(client, work, options, () => added);
}

async function takeOpened(
  client: PoolClient,
  work: Work,
  options: AttemptStoreOptions & Pick<Shortcuts, 'tokens'>,
  open: (send: (statement: QueryConfig) => Promise<QueryResult>) => OpenedTurn | Promise<OpenedTurn>,
): Promise<Worked<StoredTurn>> {
  const sent: Promise<unknown>[] = [];
  const send = (statement: QueryConfig): Promise<QueryResult> => {
    const answer = client.query(statement);
    // Heard at the end of the transaction, or here where it does not come to that.
    answer.catch(() => undefined);
    sent.push(answer);
    return answer;
  };
  const opened = await open(send);
  const { session, request, stored, now, readAtMs, workspaceLimits, leases } = opened;
  if (stored) return { result: { session, turn: stored }, writes: [] };
  try {
    const writes = await work(createTurnTransaction(client, opened, { ...options, send: (one) => void send(one) }));
    // An edit changes what is known of the session.
    const { runId } = request;
    const next = { session, workspaceLimits, now, readAtMs, runId, plainLeases: leases.leftOpen() };
    return {
      result: { session, turn: writes.turn, ...(!writes.plan && { ground: next }) },
      writes: turnWrites(opened, writes, options),
      sent,
    };
  } catch (error) {
    // PostgreSQL refuses all that follows a statement that has failed: the first failure is the one that tells something.
    await Promise.all(sent);
    throw error;
  }
}
