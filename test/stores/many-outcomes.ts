import type { RunTaskInput } from '../../src/contracts/protocol/activities';
import { createAgentRegistry } from '../../src/stores/agents';
import { definitionOf } from '../helpers/agent-definitions';
import type { TestStores } from './test-stores';

export const manyTasks = 20;
export const manySessions = 1_000;
export const manyAgents = 200;
const capabilities = 5;

/** The plan of all sessions: its tasks ask for capabilities in turn, and each needs the one before. */
const planText = JSON.stringify({
  version: 1,
  name: 'bench',
  tasks: Object.fromEntries(
    Array.from({ length: manyTasks }, (_, at) => [
      `task_${at}`,
      {
        agent: { capability: `skill-${at % capabilities}` },
        type: `type-${at % 4}`,
        prompt: `Fix part ${at} of the parser.`,
        ...(at > 0 && { needs: [`task_${at - 1}`] }),
      },
    ]),
  ),
});

/**
 * A thousand sessions of twenty tasks each in every one of the workspaces, with what their attempts came to and what was learnt of two hundred agents; the
 * last of each is open. All of it is analysed.
 */
export async function addManyOutcomes(stores: TestStores, workspaces: readonly string[]): Promise<void> {
  for (const workspace of workspaces) {
    await createAgentRegistry(stores.pool).add(
      workspace,
      Array.from({ length: manyAgents }, (_, at) =>
        definitionOf(`agent-${at}`, {
          capabilities: [{ name: `skill-${at % capabilities}`, proficiency: 1, technologies: ['rust'] }],
        }),
      ),
    );
    await stores.addSession(planText, { workspace, id: 'session-0' });
    for (const text of statements) await stores.pool.query(text, [workspace]);
  }
  await stores.pool.query('VACUUM ANALYZE');
}

/** Two thousand attempts of one session that are assigned and not begun. Nothing was analysed since: PostgreSQL knows of no lease that is open. */
export async function addOpenAttempts(stores: TestStores, workspace: string): Promise<RunTaskInput[]> {
  const { id } = await stores.addSession(planText, { workspace });
  const { rows } = await stores.pool.query<RunTaskInput>(
    `INSERT INTO leases (workspace, session, run, attempt, agent, expires_at)
     SELECT $1, $2, 'task_0[' || n || ']', 1, 'agent-0', now() + interval '1 hour' FROM generate_series(0, 1999) AS n
     RETURNING workspace, session, run, attempt, token`,
    [workspace, id],
  );
  return rows;
}

const statements = [
  `INSERT INTO sessions (workspace, id, plan_name, plan_hash, inputs_hash, base_directory, mode, settings, status, progress, created_at, started_at, ended_at)
   SELECT workspace, 'session-' || n, plan_name, plan_hash, inputs_hash, '/', mode, settings, 'succeeded', progress,
          now() - n * interval '1 minute', now() - n * interval '1 minute', now()
   FROM sessions, generate_series(1, ${manySessions - 1}) AS n WHERE workspace = $1 AND id = 'session-0'`,
  `UPDATE sessions SET started_at = now(), turn = 1 WHERE workspace = $1 AND id = 'session-0'`,
  `INSERT INTO task_runs (workspace, session, run, task, item, position, status, attempt)
   SELECT $1, 'session-' || n, 'task_' || task, 'task_' || task, -1, task, 'succeeded', 1
   FROM generate_series(0, ${manySessions - 1}) AS n, generate_series(0, ${manyTasks - 1}) AS task ON CONFLICT DO NOTHING`,
  `INSERT INTO leases (workspace, session, run, attempt, agent, agent_workspace, expires_at, released_at)
   SELECT $1, 'session-' || n, 'task_' || task, 1, 'agent-0', $1, now(), now()
   FROM generate_series(0, ${manySessions - 1}) AS n, generate_series(0, ${manyTasks - 1}) AS task`,
  `INSERT INTO outcomes (workspace, session, run, attempt, plan_name, task, agent, agent_workspace, token, verdict, retryable, started_at, ended_at,
                         settled_at, duration_ms, evidence, accepted_turn)
   SELECT $1, 'session-' || n, 'task_' || task, 1, 'bench', 'task_' || task, 'agent-' || (task % ${capabilities} + ${capabilities} * (n % 40)), $1, 0,
          CASE WHEN n % 7 = 0 THEN 'failed' ELSE 'succeeded' END, true, at, at, at, 1000 + n, '["it said so"]', 1
   FROM generate_series(0, ${manySessions - 1}) AS n, generate_series(0, ${manyTasks - 1}) AS task,
        LATERAL (SELECT now() - (n * ${manyTasks} + task) * interval '3 seconds' AS at) AS times`,
  `INSERT INTO outcome_feedback (workspace, session, run, attempt, rating)
   SELECT $1, 'session-' || n, 'task_0', 1, 4 FROM generate_series(0, ${manySessions - 1}) AS n`,
  `INSERT INTO known_tasks (workspace, plan_name, task, capability, task_type, technologies, words, changed_at)
   SELECT $1, 'plan-' || n / 20, 'task_' || n % 20, 'skill-' || n % ${capabilities}, 'type-' || n % 4, '{}'::text[], to_tsvector('english', 'Look at part ' || n),
          now() - n * interval '1 second'
   FROM generate_series(0, 4999) AS n
   UNION ALL SELECT $1, 'bench', 'task_' || n, 'skill-' || n % ${capabilities}, 'type-' || n % 4, '{}'::text[], to_tsvector('english', 'Fix part ' || n || ' of the parser.'), now()
   FROM generate_series(0, ${manyTasks - 1}) AS n`,
  `INSERT INTO learned_records (workspace, agent_workspace, agent, capability, task_type, succeeded, failed, log_duration_sum, log_duration_square_sum, recent,
                                total_succeeded, total_failed, as_of)
   SELECT $1, $1, 'agent-' || n, capability, type, 20, 3, 140, 1000, '{"succeeded":2,"failed":0,"logDurationSum":14,"logDurationSquareSum":100}', 20, 3, now()
   FROM generate_series(0, ${manyAgents - 1}) AS n,
        LATERAL (VALUES ('', ''), ('skill-' || n % ${capabilities}, ''), ('skill-' || n % ${capabilities}, 'type-' || n % 4)) AS cells (capability, type)`,
  `INSERT INTO learned_complexities (workspace, agent_workspace, agent, capability, task_type, complexity, succeeded, failed, log_duration_sum,
                                     log_duration_square_sum, recent, total_succeeded, total_failed, as_of)
   SELECT workspace, agent_workspace, agent, capability, task_type, complexity, succeeded, failed, log_duration_sum, log_duration_square_sum, recent,
          total_succeeded, total_failed, as_of
   FROM learned_records, unnest(ARRAY['low', 'medium', 'high']) AS complexity WHERE workspace = $1`,
  `INSERT INTO learned_handovers (workspace, agent_workspace, agent, from_workspace, from_agent, succeeded, failed, as_of)
   SELECT $1, $1, 'agent-' || n, $1, 'agent-' || (n + k) % ${manyAgents}, 3, 1, now()
   FROM generate_series(0, ${manyAgents - 1}) AS n, generate_series(1, 10) AS k`,
  `INSERT INTO capability_steps (workspace, agent_workspace, agent, capability, from_proficiency, to_proficiency, outcomes)
   SELECT $1, $1, 'agent-' || n, 'skill-' || n % ${capabilities}, 0.9, 0.8, 20 FROM generate_series(0, ${manyAgents - 1}) AS n, generate_series(1, 30)`,
  `INSERT INTO insights (workspace, id, kind, scope, feature, says, confidence, counts, links)
   SELECT $1, 'insight-' || n, 'pitfall', '{}', '{}', 'It is so.', 80, '{}', '[]' FROM generate_series(1, 300) AS n`,
  `INSERT INTO insight_applications (workspace, session, run, attempt, insight)
   SELECT $1, 'session-' || n, 'task_0', 1, 'insight-' || k FROM generate_series(0, ${manySessions - 1}) AS n, generate_series(1, 5) AS k`,
  `INSERT INTO health_samples (workspace, metric, at, value)
   SELECT $1, 'metric-' || n, now() - k * interval '30 seconds', k FROM generate_series(1, 10) AS n, generate_series(1, 2000) AS k`,
  `INSERT INTO health_events (workspace, at, type, subject, from_status, to_status, message)
   SELECT $1, now() - n * interval '1 minute', 'check', 'disk', 'healthy', 'warning', 'It is full.' FROM generate_series(1, 2000) AS n`,
  `INSERT INTO agent_events (workspace, agent, kind) SELECT $1, 'agent-' || n % ${manyAgents}, 'online' FROM generate_series(1, 4000) AS n`,
  `INSERT INTO approvals (workspace, id, session, run, attempt, kind, question, question_hash, status, asked_at)
   SELECT $1, 'question-' || n, 'session-0', 'task_0', n, 'budget', '{}', 'h', CASE WHEN n % 2 = 0 THEN 'open' ELSE 'approved' END, now() - n * interval '1 minute'
   FROM generate_series(1, 2000) AS n`,
  `INSERT INTO plans (workspace, hash, name, canonical, created_at)
   SELECT $1, 'version-' || n, 'bench', '{}', now() - n * interval '1 minute' FROM generate_series(1, 2000) AS n`,
  `INSERT INTO webhooks (workspace, name, url, key_id, nonce, ciphertext, tag) SELECT $1, 'receiver', 'https://a.invalid/', 'k', '', '', ''`,
  `INSERT INTO webhook_messages (workspace, id, type, at, data)
   SELECT $1, 'message-' || n, 'session-ended', now() - n * interval '1 minute', '{}' FROM generate_series(1, 2000) AS n`,
  `INSERT INTO webhook_deliveries (workspace, message, webhook, delivered_at) SELECT $1, 'message-' || n, 'receiver', now() FROM generate_series(1, 2000) AS n`,
  `INSERT INTO alert_events (workspace, id, type, alert, at, message)
   SELECT $1, 'alert-' || n, 'tested', '', now() - n * interval '1 minute', 'A test.' FROM generate_series(1, 2000) AS n`,
  `INSERT INTO alert_deliveries (workspace, event, webhook, delivered_at) SELECT $1, 'alert-' || n, 'receiver', now() FROM generate_series(1, 2000) AS n`,
  `INSERT INTO agent_memories (workspace, agent_workspace, agent, id, kind, text)
   SELECT $1, $1, 'agent-' || n, 'memory-' || k, 'fact', 'Part ' || k || ' of the parser is green.' FROM generate_series(0, 49) AS n, generate_series(1, 100) AS k`,
  `INSERT INTO memory_embeddings (workspace, agent_workspace, agent, id, model, embedding)
   SELECT workspace, agent_workspace, agent, id, 'm', '\\x7fff0000' FROM agent_memories WHERE workspace = $1`,
];
