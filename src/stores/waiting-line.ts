import type { Pool, PoolClient, QueryConfig } from 'pg';
import { waiterId } from '../contracts/ports/waiting-line-store';
import type {
  GrantedTurn,
  LineWaiter,
  NewGrant,
  WaitingLineStore,
  WaitingLineTransaction,
} from '../contracts/ports/waiting-line-store';
import { agentId } from '../domain/agents/agent-ref';
import { bySession } from '../domain/by-session';
import { leaseTerms } from '../domain/routing/attempt-terms';
import { priorityAgeMs } from '../domain/line-position';
import type { WorkspaceLimit } from '../domain/budget/accounts';
import type { Share } from '../domain/routing/fair-order';
import { writeAssignments } from './assignment-batches';
import { lockAccounts, waitersForWorkspace } from './budget-accounts';
import { databaseJson } from './database-text';
import { isRemote } from './remote-agent';
import { lockRooms, requirementsInLine } from './room';
import { leaseOrExisting } from './take-lease';
import { inTransaction } from './transaction';
import { acrossWorkspaces } from './scope';

/** Of the advisory lock under which room is given out. */
const lockId = 0x6f726368;

export function createWaitingLineStore(pool: Pool): WaitingLineStore {
  return {
    alone: (work) =>
      inTransaction(acrossWorkspaces(pool, 'line'), async (client) => {
        const { rows } = await client.query<{ is_mine: boolean; now_ms: number }>({
          name: 'keep-line',
          text: `SELECT pg_try_advisory_xact_lock($1) AS is_mine, (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms`,
          values: [lockId],
        });
        const [row] = rows;
        if (!row?.is_mine) return { result: undefined, writes: [] };
        return { result: await work(createLineTransaction(client, row.now_ms)), writes: [] };
      }),

    unacceptedGrants: async (olderThanMs, limit) => {
      const { rows } = await acrossWorkspaces(pool, 'line').query<GrantRow>(
        `SELECT line.workspace, line.session, line.run, line.attempt, line.token, leases.agent, leases.agent_workspace, leases.tries,
                coalesce(${isRemote}, false) AS is_remote
         FROM waiting_line AS line
         JOIN leases ON leases.workspace = line.workspace AND leases.session = line.session AND leases.run = line.run
           AND leases.attempt = line.attempt AND leases.token = line.token
         LEFT JOIN agents ON agents.workspace = leases.agent_workspace AND agents.name = leases.agent
         WHERE line.token IS NOT NULL AND line.granted_at < now() - $1 * interval '1 millisecond'
         ORDER BY line.granted_at LIMIT $2`,
        [olderThanMs, limit],
      );
      return rows.map(toGrantedTurn);
    },

    requirements: () => requirementsInLine(acrossWorkspaces(pool, 'line')),

    explain: async (news) => {
      await acrossWorkspaces(pool, 'line').query({
        name: 'explain-line',
        text: explainLine,
        values: [databaseJson(news)],
      });
    },
  };
}

function createLineTransaction(client: PoolClient, now: number): WaitingLineTransaction {
  return {
    now,
    requirements: () => requirementsInLine(client),

    waiters: async (requirements, limit) => {
      const { rows } = await client.query<LineWaiter>({
        name: 'first-waiters',
        text: firstWaiters,
        values: [
          requirements.map(({ workspace }) => workspace),
          requirements.map(({ key }) => key),
          limit,
          priorityAgeMs,
        ],
      });
      return rows;
    },

    shares: async (workspaces) => {
      const { rows } = await client.query<Share & { workspace: string }>({
        name: 'workspace-shares',
        text: `SELECT workspace, coalesce((options ->> 'share')::float8, 1) AS weight,
                      coalesce((extract(epoch FROM last_granted_at) * 1000)::float8, 0) AS "lastGrantedAt",
                      (SELECT count(*)::int FROM leases WHERE leases.workspace = wanted.workspace
                       AND released_at IS NULL AND agent_workspace IS NOT NULL) AS running
               FROM unnest($1::text[]) AS wanted (workspace) LEFT JOIN workspace_shares USING (workspace)
               LEFT JOIN workspace_settings USING (workspace)`,
        values: [workspaces],
      });
      return new Map(rows.map(({ workspace, ...share }) => [workspace, share]));
    },

    lock: async (waiters, agents) => {
      const { rows } = await client.query<{ workspace: string; session: string; run: string }>({
        name: 'lock-waiters',
        text: `SELECT workspace, session, run
               FROM waiting_line JOIN jsonb_to_recordset($1) AS x (workspace text, session text, run text)
                 USING (workspace, session, run)
               WHERE token IS NULL ORDER BY workspace, session, run FOR UPDATE OF waiting_line SKIP LOCKED`,
        values: [databaseJson(waiters.map(({ workspace, session, run }) => ({ workspace, session, run })))],
      });
      const distinct = [...new Map(agents.map((agent) => [agentId(agent), agent])).values()];
      return { waiting: new Set(rows.map(waiterId)), rooms: await lockRooms(client, distinct, 'skip') };
    },

    workspaceLimits: async (workspaces) => {
      const { rows } = await client.query<WorkspaceLimit & { workspace: string }>({
        name: 'workspace-limits',
        text: `SELECT workspace, period, unit, amount_limit AS "limit" FROM workspace_limits WHERE workspace = ANY ($1)`,
        values: [workspaces],
      });
      const limits = new Map<string, WorkspaceLimit[]>();
      for (const { workspace, ...limit } of rows) limits.set(workspace, [...(limits.get(workspace) ?? []), limit]);
      return limits;
    },

    lockAccounts: (limits) => lockAccounts(client, limits),

    waitersForWorkspace: (workspace, limit) => waitersForWorkspace(client, workspace, null, limit),

    waitForBudget: async (waits) => {
      if (waits.length === 0) return;
      await client.query({
        name: 'wait-for-budget',
        text: waitForBudget,
        values: [databaseJson(waits.map(toWaitRow))],
      });
    },

    grant: async (turns) => {
      if (turns.length === 0) return [];
      const [{ rows }] = await Promise.all([
        client.query<GrantRow>({
          name: 'grant-turns',
          text: grantTurns,
          values: [databaseJson(turns.map(toGrantInput))],
        }),
        ...explanations(turns).map((explanation) => client.query(explanation)),
      ]);
      return rows.map(toGrantedTurn);
    },
  };
}

/** Of each session together. */
function explanations(turns: readonly NewGrant[]): QueryConfig[] {
  const explained = turns.map(({ waiter: { workspace, session, run, attempt }, assignment }) => ({
    workspace,
    session,
    explanation: { run, attempt, assignment },
  }));
  return bySession(explained).map((group) => {
    const [{ workspace, session }] = group;
    return writeAssignments(
      workspace,
      session,
      group.map(({ explanation }) => explanation),
    );
  });
}

interface GrantRow extends Omit<GrantedTurn, 'agent' | 'isRemote'> {
  agent: string;
  agent_workspace: string;
  is_remote: boolean;
}

function toGrantedTurn({ agent, agent_workspace, is_remote, ...turn }: GrantRow): GrantedTurn {
  return { ...turn, agent: { workspace: agent_workspace, name: agent }, isRemote: is_remote };
}

function toWaitRow({
  waiter,
  limits,
  amounts,
  waitsFor,
}: Parameters<WaitingLineTransaction['waitForBudget']>[0][number]): object {
  const { workspace, session, run } = waiter;
  return {
    workspace,
    session,
    run,
    wants: limits.map((limit) => ({ ...limit, wanted: amounts[limit.unit] ?? null })),
    accounts: [...new Set(limits.map(({ account }) => account))],
    waitsFor,
  };
}

function toGrantInput({ waiter, agent, assignment, accounts, amounts }: NewGrant): object {
  const { workspace, session, run, attempt } = waiter;
  return {
    workspace,
    session,
    run,
    attempt,
    agent: agent.name,
    agentWorkspace: agent.workspace,
    accounts,
    reservedMicros: amounts.costMicros,
    reservedTokens: amounts.tokens,
    reservedMs: amounts.timeMs,
    ...leaseTerms(assignment),
  };
}

// In the order of domain/routing/line-order.ts, which has the last word.
const firstWaiters = `
  SELECT line.* FROM unnest($1::text[], $2::text[]) AS wanted (workspace, requirement_key)
  CROSS JOIN LATERAL (
    SELECT workspace, session, run, attempt, priority, (extract(epoch FROM since) * 1000)::float8 AS "waitingSinceMs",
           remaining_ms AS "remainingMs", requirement_key AS "requirementKey", reservation
    FROM waiting_line
    WHERE workspace = wanted.workspace AND requirement_key = wanted.requirement_key AND token IS NULL
    ORDER BY (priority > 1), priority - floor(extract(epoch FROM now() - since) * 1000 / $4), remaining_ms DESC, since
    LIMIT $3
  ) AS line`;

// Turns lock the rows that they delete in no order: nobody is waited for.
const explainLine = `
  WITH stale AS (
    SELECT line.workspace, line.session, line.run, news."waitsFor"
    FROM jsonb_to_recordset($1) AS news (workspace text, key text, "waitsFor" text)
    JOIN waiting_line AS line ON line.workspace = news.workspace AND requirement_key = key AND token IS NULL AND waits_for <> "waitsFor"
    FOR UPDATE OF line SKIP LOCKED
  )
  UPDATE waiting_line AS line SET waits_for = "waitsFor" FROM stale
  WHERE line.workspace = stale.workspace AND line.session = stale.session AND line.run = stale.run`;

const waitForBudget = `
  WITH waits AS (
    SELECT * FROM jsonb_to_recordset($1) AS x (workspace text, session text, run text, wants jsonb, accounts text[], "waitsFor" text)
  ), gone AS (
    DELETE FROM waiting_line AS line USING waits
    WHERE line.workspace = waits.workspace AND line.session = waits.session AND line.run = waits.run
    RETURNING line.workspace, line.session, line.run, since, line.priority
  ), joined AS (
    INSERT INTO budget_waits (workspace, session, run, wants, accounts, since, priority, waits_for)
    SELECT workspace, session, run, wants, accounts, since, gone.priority, "waitsFor" FROM gone JOIN waits USING (workspace, session, run)
    ON CONFLICT DO NOTHING RETURNING run
  )
  SELECT pg_notify('orchestra_budget', '') FROM joined LIMIT 1`;

const grantTurns = `
  WITH wanted AS (
    SELECT * FROM jsonb_to_recordset($1) AS x (workspace text, session text, run text, attempt int, agent text, "agentWorkspace" text,
      accounts text[], "reservedMicros" bigint, "reservedTokens" bigint, "reservedMs" bigint, model text, "timeoutMs" bigint, tries int)
  ), shared AS (
    INSERT INTO workspace_shares (workspace, last_granted_at) SELECT workspace, clock_timestamp() FROM wanted GROUP BY workspace
    ON CONFLICT (workspace) DO UPDATE SET last_granted_at = excluded.last_granted_at
  ), taken AS (
    INSERT INTO leases AS held (workspace, session, run, attempt, agent, agent_workspace, accounts, reserved_micros, reserved_tokens, reserved_ms, model, timeout_ms, tries, expires_at)
    SELECT wanted.workspace, session, run, attempt, agent, "agentWorkspace", accounts, "reservedMicros", "reservedTokens", "reservedMs", model, "timeoutMs", tries,
           now() + (settings ->> 'grantMs')::bigint * interval '1 millisecond'
    FROM wanted JOIN sessions ON sessions.workspace = wanted.workspace AND sessions.id = wanted.session
    ${leaseOrExisting}
    RETURNING workspace, session, run, attempt, token, agent, agent_workspace, tries
  )
  UPDATE waiting_line AS line SET token = taken.token, granted_at = now() FROM taken
  WHERE line.workspace = taken.workspace AND line.session = taken.session AND line.run = taken.run
  RETURNING taken.workspace, taken.session, taken.run, taken.attempt, taken.token, taken.agent, taken.agent_workspace, taken.tries,
    EXISTS (SELECT FROM agents WHERE agents.workspace = taken.agent_workspace AND agents.name = taken.agent AND ${isRemote}) AS is_remote`;
