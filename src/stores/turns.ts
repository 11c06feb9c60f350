import type { Pool, PoolClient } from 'pg';
import type { StoredTurn, TurnStore, TurnTransaction, TurnWrites } from '../contracts/ports/turn-store';
import type { TurnRequest, UnbegunAttempt } from '../contracts/protocol/activities';
import { isRemote } from './remote-agent';
import { inTransaction } from './transaction';
import type { Worked } from './transaction';
import { openTurn } from './turn-opening';
import { createTurnTransaction } from './turn-transaction';
import { turnWrites } from './turn-writing';

/** Turns in PostgreSQL: one transaction each, first commit wins. */
type UnbegunRow = Omit<UnbegunAttempt, 'agent' | 'remote'> & { agent: string | null; remote: boolean };

export function createTurnStore(pool: Pool): TurnStore {
  return {
    inTurn: (request, work) => inTransaction(pool, (client) => takeTurn(client, request, work)),
    unbegunAttempts: async (workspace, session) => {
      const { rows } = await pool.query<UnbegunRow>({
        name: 'unbegun-attempts',
        text: `SELECT run, attempt, token,
                 CASE WHEN host_of(agent) IS NOT NULL THEN agent_workspace || '/' || agent END AS agent,
                 EXISTS (SELECT FROM agents WHERE agents.workspace = leases.agent_workspace AND agents.name = leases.agent
                         AND ${isRemote}) AS remote FROM leases
               WHERE workspace = $1 AND session = $2 AND begun_at IS NULL AND released_at IS NULL AND cancelled_at IS NULL
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
  };
}

async function takeTurn(
  client: PoolClient,
  request: TurnRequest,
  work: (turn: TurnTransaction) => Promise<TurnWrites>,
): Promise<Worked<StoredTurn>> {
  const opened = await openTurn(client, request);
  const { session } = opened;
  if (opened.stored) return { result: { session, turn: opened.stored }, writes: [] };
  const writes = await work(createTurnTransaction(client, opened));
  return { result: { session, turn: writes.turn }, writes: turnWrites(request, session, writes) };
}
