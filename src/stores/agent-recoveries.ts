import type { Pool, PoolClient, QueryConfig } from 'pg';
import type { AgentRecoveries, RecoveryEnd, TakenRecovery } from '../contracts/ports/agent-recoveries';
import type { AgentDefinition, AgentKey } from '../domain/agents/agent';
import { nextTimeAt, recoveryOptions } from '../domain/health/recovery';
import type { BoundedAction, RecoveryAction, RemoteAction } from '../domain/health/recovery';
import { recoveryImpossible, recoveryTooSoon } from '../domain/health/recovery-errors';
import { agentNotFound } from './agent-not-found';
import { tellOfAgent } from './agent-alerts';
import { databaseText } from './database-text';
import { milliseconds } from './milliseconds';
import { inTransaction } from './transaction';
import { acrossWorkspaces, inWorkspace } from './scope';

/** Who is named where nobody asked. */
const bySetting = 'setting recovery.automatic';

export function createAgentRecoveries(pool: Pool): AgentRecoveries {
  return {
    request: (agent, action, asked) =>
      inTransaction(inWorkspace(pool, agent.workspace), async (client) => {
        const known = await lockAgent(client, agent);
        if (!known) throw await agentNotFound(pool, agent);
        const before = await requestedBefore(client, agent, asked.seed);
        if (before) return { result: before.id, writes: [] };
        const option = recoveryOptions(known.definition).find((one) => one.action === action);
        if (!option?.isPossible) throw recoveryImpossible(agent.name, action, option?.says ?? '');
        if (action === 'restart') requireTime(agent.name, action, known);
        return { result: await insert(client, agent, action, asked), writes: [wake] };
      }),

    requestRestart: (agent, why) =>
      inTransaction(inWorkspace(pool, agent.workspace), async (client) => {
        const known = await lockAgent(client, agent);
        const isDue =
          known?.definition.restart !== undefined &&
          known.automatic.split(',').includes('restart') &&
          nextTimeAt(known.restart, known.now) <= known.now;
        if (!isDue) return { result: false, writes: [] };
        await insert(client, agent, 'restart', { by: bySetting, why });
        return { result: true, writes: [wake] };
      }),

    alert: (agent, asked) =>
      inTransaction(inWorkspace(pool, agent.workspace), async (client) => {
        const known = await lockAgent(client, agent);
        if (!known) throw await agentNotFound(pool, agent);
        const before = await requestedBefore(client, agent, asked.seed);
        if (before) return { result: { succeeded: true, detail: before.detail ?? '' }, writes: [] };
        requireTime(agent.name, 'alert', known);
        return { result: await tell(client, agent, asked), writes: [] };
      }),

    alertUnreachable: (agent, why) =>
      inTransaction(inWorkspace(pool, agent.workspace), async (client) => {
        const known = await lockAgent(client, agent);
        const isDue =
          known !== undefined &&
          known.automatic.split(',').includes('alert') &&
          nextTimeAt(known.alert, known.now) <= known.now &&
          (await isNewlyUnreachable(client, agent));
        if (isDue) await tell(client, agent, { by: bySetting, why });
        return { result: isDue, writes: [] };
      }),

    take: async (place, limit) => {
      const { rows } = await acrossWorkspaces(pool, 'health').query<
        Omit<TakenRecovery, 'agent'> & { workspace: string; agent: string }
      >({
        name: 'take-recoveries',
        text: takeText,
        values: [place?.workspace, place?.host, limit],
      });
      return rows.map(({ workspace, agent, ...rest }) => ({ agent: { workspace, name: agent }, ...rest }));
    },

    end: async ({ agent: { workspace, name }, id, action, by, why }, { succeeded, detail }) => {
      const came = databaseText(detail);
      await inWorkspace(pool, workspace).query(
        `WITH ended AS (
           UPDATE agent_recoveries SET succeeded = $4, detail = $5 WHERE workspace = $1 AND agent = $2 AND id = $3 RETURNING workspace, agent
         )
         INSERT INTO agent_events (workspace, agent, kind, why, by_whom) SELECT workspace, agent, $6, $7, $8 FROM ended`,
        [workspace, name, id, succeeded, came, kindOf(action, succeeded), [why, came].filter(Boolean).join('; '), by],
      );
    },

    stateOf: async ({ workspace, name }, id) => {
      const { rows } = await inWorkspace(pool, workspace).query<{
        action: RecoveryAction;
        succeeded: boolean | null;
        detail: string | null;
      }>(
        'SELECT action, succeeded, detail FROM agent_recoveries WHERE workspace = $1 AND agent = $2 AND id = $3::bigint',
        [workspace, name, id],
      );
      return rows.map(({ action, succeeded, detail }) => ({
        action,
        end: succeeded === null ? null : { succeeded, detail: detail ?? '' },
      }))[0];
    },

    endOf: async ({ workspace, name }, id) => {
      const { rows } = await inWorkspace(pool, workspace).query<RecoveryEnd>(
        'SELECT succeeded, detail FROM agent_recoveries WHERE workspace = $1 AND agent = $2 AND id = $3 AND succeeded IS NOT NULL',
        [workspace, name, id],
      );
      return rows[0];
    },
  };
}

function kindOf(action: RemoteAction, succeeded: boolean): string {
  if (action === 'probe') return 'probed';
  return succeeded ? 'restarted' : 'restart-failed';
}

/** When it was restarted, and when receivers were told of it, in the last hour. */
interface KnownAgent extends Record<BoundedAction, number[]> {
  definition: AgentDefinition;
  /** What the workspace lets be done by itself. */
  automatic: string;
  now: number;
}

/** Throws COMMAND_REFUSED where it was done too often lately. */
function requireTime(name: string, action: BoundedAction, known: KnownAgent): void {
  const at = nextTimeAt(known[action], known.now);
  if (at > known.now) throw recoveryTooSoon(name, action, at);
}

const timesOf = (action: BoundedAction): string => `
  array(SELECT ${milliseconds('requested_at')} FROM agent_recoveries AS known
        WHERE known.workspace = $1 AND known.agent = $2 AND action = '${action}' AND requested_at > now() - interval '1 hour')`;

/** Who asks for something locks the agent, so that what is done to it is counted one after the other. */
async function lockAgent(client: PoolClient, { workspace, name }: AgentKey): Promise<KnownAgent | undefined> {
  const key = [workspace, name];
  const { rows: locked } = await client.query('SELECT FROM agents WHERE workspace = $1 AND name = $2 FOR UPDATE', key);
  if (locked.length === 0) return undefined;
  const { rows } = await client.query<KnownAgent>(
    `SELECT definition, coalesce(options ->> 'recovery.automatic', 'probe') AS automatic, ${milliseconds('now()')} AS now,
            ${timesOf('restart')} AS restart, ${timesOf('alert')} AS alert
     FROM agents LEFT JOIN workspace_settings USING (workspace) WHERE workspace = $1 AND name = $2`,
    key,
  );
  return rows[0];
}

/** Whether it could be reached when receivers were told of it last, if ever they were. */
async function isNewlyUnreachable(client: PoolClient, { workspace, name }: AgentKey): Promise<boolean> {
  const { rows } = await client.query(
    `SELECT FROM agent_events WHERE workspace = $1 AND agent = $2 AND kind = 'unreachable' AND at > coalesce((
       SELECT max(requested_at) FROM agent_recoveries AS known
       WHERE known.workspace = $1 AND known.agent = $2 AND action = 'alert'), '-infinity') LIMIT 1`,
    [workspace, name],
  );
  return rows.length > 0;
}

async function tell(client: PoolClient, agent: AgentKey, asked: Asked): Promise<RecoveryEnd> {
  const receivers = await tellOfAgent(client, agent, asked);
  const whom = receivers.length === 0 ? 'nobody: no webhook wants alerts' : receivers.join(', ');
  const end = { succeeded: true, detail: `told ${whom}` };
  await insert(client, agent, 'alert', asked, end);
  return end;
}

interface Asked {
  by: string;
  why: string | null;
  seed?: string;
}

/** What the same request has asked for; `detail`: what it came to, null until it has ended. */
async function requestedBefore(
  client: PoolClient,
  { workspace, name }: AgentKey,
  seed: string | undefined,
): Promise<{ id: string; detail: string | null } | undefined> {
  if (seed === undefined) return undefined;
  const { rows } = await client.query<{ id: string; detail: string | null }>(
    'SELECT id::text, detail FROM agent_recoveries WHERE workspace = $1 AND agent = $2 AND request = $3',
    [workspace, name, seed],
  );
  return rows[0];
}

/** `end`: of what is done already. */
async function insert(
  client: PoolClient,
  { workspace, name }: AgentKey,
  action: RemoteAction | 'alert',
  { by, why, seed }: Asked,
  end?: RecoveryEnd,
): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    `WITH old AS (DELETE FROM agent_recoveries WHERE workspace = $1 AND agent = $2 AND requested_at < now() - interval '30 days')
     INSERT INTO agent_recoveries (workspace, agent, action, by_whom, why, taken_at, succeeded, detail, request)
     VALUES ($1, $2, $3, $4, $5, CASE WHEN $6::boolean IS NOT NULL THEN now() END, $6, $7, $8) RETURNING id::text`,
    [
      workspace,
      name,
      action,
      databaseText(by),
      why === null ? null : databaseText(why),
      end?.succeeded ?? null,
      end?.detail ?? null,
      seed ?? null,
    ],
  );
  return rows[0]?.id ?? '';
}

const wake: QueryConfig = { text: `SELECT pg_notify('orchestra_recoveries', '')` };

// Taken at most once: what a worker that was killed had begun is not done again. Nobody is surprised by what was asked for long ago.
const takeText = `
  WITH due AS (
    SELECT workspace, agent, id FROM agent_recoveries
    WHERE taken_at IS NULL AND requested_at > now() - interval '5 minutes' AND host_of(agent) IS NOT DISTINCT FROM $2
      AND ($1::text IS NULL OR workspace = $1)
    ORDER BY requested_at LIMIT $3 FOR UPDATE SKIP LOCKED
  )
  UPDATE agent_recoveries AS known SET taken_at = now()
  FROM due JOIN agents ON agents.workspace = due.workspace AND agents.name = due.agent
  WHERE known.workspace = due.workspace AND known.agent = due.agent AND known.id = due.id
  RETURNING known.workspace, known.agent, known.id::text, action, by_whom AS by, why, definition`;
