import type { ClientBase, PoolClient } from 'pg';
import type { ResourceHolder, ResourceWaiter, WorkspaceClaims } from '../contracts/ports/conflict-store';
import type { SessionRecord } from '../contracts/ports/turn-store';
import type { Claim } from '../domain/conflicts/claim';
import { claimOfTexts } from '../domain/conflicts/claim';
import type { ClaimTexts } from '../domain/conflicts/claim';
import type { RunName } from '../domain/conflicts/conflict-line';
import { milliseconds } from './milliseconds';
import type { Queryable } from './scope';

/** Together with the workspace, of the advisory lock under which resources of a workspace are given out. */
const lockId = 0x636c6d73;

/** Holds off all others who give out resources of the workspace until the transaction ends; false where that was not to be waited for. */
export async function lockClaims(client: ClientBase, workspace: string, others: 'wait' | 'skip'): Promise<boolean> {
  const { rows } = await client.query<{ is_mine: boolean }>({
    name: `lock-claims-${others}`,
    text:
      others === 'wait'
        ? 'SELECT true AS is_mine FROM pg_advisory_xact_lock($1, hashtext($2))'
        : 'SELECT pg_try_advisory_xact_lock($1, hashtext($2)) AS is_mine',
    values: [lockId, workspace],
  });
  return rows[0]?.is_mine === true;
}

/** Who has and who wants resources of the workspace. */
export async function readClaims(client: Queryable, workspace: string): Promise<WorkspaceClaims> {
  const [held, waiting] = await Promise.all([
    client.query<HolderRow>({ name: 'resource-holders', text: selectHolders, values: [workspace] }),
    client.query<WaiterRow>({ name: 'resource-waiters', text: selectWaiters, values: [workspace] }),
  ]);
  return {
    holders: held.rows.map(({ resources, ...holder }) => ({ ...holder, claim: stored(resources) })),
    waiters: waiting.rows.map(({ resources, ...waiter }) => ({ ...waiter, claim: stored(resources) })),
  };
}

/** The runs of parent sessions that a child session works for. */
export async function readWorksFor(client: PoolClient, { workspace, id }: SessionRecord): Promise<RunName[]> {
  const { rows } = await client.query<RunName>({
    name: 'works-for',
    text: `WITH RECURSIVE up AS (
             SELECT parent_session AS session, parent_run AS run FROM sessions
             WHERE workspace = $1 AND id = $2 AND parent_session IS NOT NULL
             UNION ALL
             SELECT parent_session, parent_run FROM up JOIN sessions ON sessions.workspace = $1 AND sessions.id = up.session
             WHERE parent_session IS NOT NULL
           )
           SELECT session, run FROM up`,
    values: [workspace, id],
  });
  return rows;
}

type HolderRow = Omit<ResourceHolder, 'claim'> & { resources: ClaimTexts };
type WaiterRow = Omit<ResourceWaiter, 'claim'> & { resources: ClaimTexts };

function stored(resources: ClaimTexts): Claim {
  const claim = claimOfTexts(resources);
  if ('fault' in claim) throw new RangeError(`a resource of the database: ${claim.fault}`);
  return claim;
}

const selectHolders = `
  SELECT session, run, attempt, resources, in_spite_of AS "inSpiteOf" FROM leases
  WHERE workspace = $1 AND released_at IS NULL AND resources IS NOT NULL`;

const selectWaiters = `
  SELECT waits.session, waits.run, ticket, resources, priority, ${milliseconds('since')} AS since, works_for AS "worksFor",
         approval, coalesce(status <> 'open', false) AS "isAnswered"
  FROM resource_waits AS waits LEFT JOIN approvals ON approvals.workspace = waits.workspace AND approvals.id = approval
  WHERE waits.workspace = $1`;
