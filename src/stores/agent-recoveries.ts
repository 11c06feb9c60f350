import type { Pool, PoolClient, QueryConfig } from 'pg';
import type { AgentRecoveries, RecoveryEnd, TakenRecovery } from '../contracts/ports/agent-recoveries';
import type { AgentDefinition, AgentKey } from '../domain/agents/agent';
import { nextRestartAt, recoveryOptions } from '../domain/health/recovery';
import type { RemoteAction } from '../domain/health/recovery';
import { recoveryImpossible, restartTooSoon } from '../domain/health/recovery-errors';
import { agentNotFound } from './agent-not-found';
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
        const before = asked.seed === undefined ? undefined : await requestedBefore(client, agent, asked.seed);
        if (before !== undefined) return { result: before, writes: [] };
        const option = recoveryOptions(known.definition).find((one) => one.action === action);
        if (!option?.isPossible) throw recoveryImpossible(agent.name, action, option?.says ?? '');
        const at = nextRestartAt(known.restarts, known.now);
        if (action === 'restart' && at > known.now) throw restartTooSoon(agent.name, at);
        return { result: await insert(client, agent, action, asked), writes: [wake] };
      }),

    requestRestart: (agent, why) =>
      inTransaction(inWorkspace(pool, agent.workspace), async (client) => {
        const known = await lockAgent(client, agent);
        const isDue =
          known?.definition.restart !== undefined &&
          known.automatic.split(',').includes('restart') &&
          nextRestartAt(known.restarts, known.now) <= known.now;
        if (!isDue) return { result: false, writes: [] };
        await insert(client, agent, 'restart', { by: bySetting, why });
        return { result: true, writes: [wake] };
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
        action: RemoteAction;
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

interface KnownAgent {
  definition: AgentDefinition;
  /** What the workspace lets be done by itself. */
  automatic: string;
  restarts: number[];
  now: number;
}

/** Who asks for something locks the agent, so that its restarts are counted one after the other. */
async function lockAgent(client: PoolClient, { workspace, name }: AgentKey): Promise<KnownAgent | undefined> {
  const key = [workspace, name];
  const { rows: locked } = await client.query('SELECT FROM agents WHERE workspace = $1 AND name = $2 FOR UPDATE', key);
  if (locked.length === 0) return undefined;
  const { rows } = await client.query<KnownAgent>(
    `SELECT definition, coalesce(options ->> 'recovery.automatic', 'probe') AS automatic, ${milliseconds('now()')} AS now,
            array(SELECT ${milliseconds('requested_at')} FROM agent_recoveries AS known
                  WHERE known.workspace = $1 AND known.agent = $2 AND action = 'restart' AND requested_at > now() - interval '1 hour') AS restarts
     FROM agents LEFT JOIN workspace_settings USING (workspace) WHERE workspace = $1 AND name = $2`,
    key,
  );
  return rows[0];
}

/** The id of what the same request has asked for. */
async function requestedBefore(
  client: PoolClient,
  { workspace, name }: AgentKey,
  seed: string,
): Promise<string | undefined> {
  const { rows } = await client.query<{ id: string }>(
    'SELECT id::text FROM agent_recoveries WHERE workspace = $1 AND agent = $2 AND request = $3',
    [workspace, name, seed],
  );
  return rows[0]?.id;
}

async function insert(
  client: PoolClient,
  { workspace, name }: AgentKey,
  action: RemoteAction,
  { by, why, seed }: { by: string; why: string | null; seed?: string },
): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    `WITH old AS (DELETE FROM agent_recoveries WHERE workspace = $1 AND agent = $2 AND requested_at < now() - interval '30 days')
     INSERT INTO agent_recoveries (workspace, agent, action, by_whom, why, request) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id::text`,
    [workspace, name, action, databaseText(by), why === null ? null : databaseText(why), seed ?? null],
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
