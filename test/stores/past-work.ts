import type { Pool } from 'pg';
import type { AgentRegistry } from '../../src/contracts/ports/agent-registry';
import { definitionOf } from '../helpers/agent-definitions';

/** Agents `agent-0`, `agent-1` …, of which nothing is known but what they say. */
export async function addWorkers(registry: Pick<AgentRegistry, 'add'>, count: number): Promise<void> {
  const capabilities = [{ name: 'code', proficiency: 1, technologies: [] }];
  const names = Array.from({ length: count }, (_, at) => `agent-${at}`);
  await registry.add(
    'default',
    names.map((name) => definitionOf(name, { capabilities })),
  );
}

/**
 * What attempts number `from` to `to` came to, a second apart, each in a session of its own, given to so many agents in turn. The first agent fails in half
 * of its attempts, the others in few. All of them wait to be learnt, in that order.
 */
export async function addPastWork(
  pool: Pool,
  { agents, from, to }: { agents: number; from: number; to: number },
): Promise<void> {
  await pool.query(
    `INSERT INTO outcomes (workspace, session, run, attempt, plan_name, task, agent, agent_workspace, token, verdict, retryable, started_at, ended_at,
                           duration_ms, cost_usd, quality, error, evidence, model, task_kind, handoffs, undeliverable)
     SELECT 'default', 'past-' || n, 'fix', 1, 'past', 'fix', 'agent-' || n % $1, 'default', 0, CASE WHEN fails THEN 'failed' ELSE 'succeeded' END, true,
            ended - took * interval '1 millisecond', ended, took, 0.01 + 0.001 * (n % 13), 0.5 + 0.1 * (n % 5), CASE WHEN fails THEN 'no such file' END, '["it said so"]',
            (ARRAY['small', 'large'])[1 + n % 2],
            jsonb_build_object('capability', 'code', 'taskType', (ARRAY['bug-fix', 'feature', 'review'])[1 + n % 3], 'technologies', '[]'::jsonb,
                               'complexity', (ARRAY['low', 'high'])[1 + n / 2 % 2]),
            jsonb_build_array(jsonb_build_object('run', 'plan', 'attempt', 1, 'workspace', 'default', 'agent', 'agent-' || (n + 1 + n / $1 % 2) % $1)), true
     FROM generate_series($2::int, $3::int - 1) AS n,
          LATERAL (SELECT date_trunc('day', now()) - (1000000 - n) * interval '1 second' AS ended, 1000 + 37 * n % 5000 AS took,
                          CASE n % $1 WHEN 0 THEN n / $1 % 2 = 0 ELSE n % 11 = 0 END AS fails) AS fate
     ORDER BY n`,
    [agents, from, to],
  );
}

const statistics: Readonly<Record<string, { without: string; order: string; where?: string }>> = {
  learned_records: { without: '{}', order: 'agent, capability, task_type' },
  learned_models: { without: '{}', order: 'agent, capability, task_type, model' },
  learned_complexities: { without: '{}', order: 'agent, capability, task_type, complexity' },
  learned_handovers: { without: '{}', order: 'agent, from_agent' },
  capability_steps: { without: '{id,at}', order: 'agent, capability, id' },
  insights: { without: '{first_seen,last_seen}', order: 'id', where: 'expired_at IS NULL' },
};

/** Every row of what was learnt, table by table, but for when that was. */
export async function statisticsIn(pool: Pool): Promise<Record<string, unknown[]>> {
  const tables = Object.entries(statistics);
  const read = async ([table, { without, order, where = 'true' }]: (typeof tables)[number]) => {
    const text = `SELECT to_jsonb(known) - '${without}'::text[] AS row FROM ${table} AS known WHERE ${where} ORDER BY ${order}`;
    const { rows } = await pool.query<{ row: unknown }>(text);
    return [table, rows.map(({ row }) => row)] as const;
  };
  return Object.fromEntries(await Promise.all(tables.map(read)));
}

/** As if nothing had been learnt yet: all outcomes wait to be, in the order in which their attempts ended. */
export async function unlearn(pool: Pool): Promise<void> {
  await pool.query(
    `TRUNCATE ${Object.keys(statistics).join(', ')}, insight_minings, insight_applications, outcomes_to_learn`,
  );
  await pool.query(
    `INSERT INTO outcomes_to_learn (workspace, session, run, attempt, agent_workspace, agent)
     SELECT workspace, session, run, attempt, agent_workspace, agent FROM outcomes
     WHERE agent_workspace IS NOT NULL AND tells_of_agent(verdict, lost) ORDER BY ended_at`,
  );
}
