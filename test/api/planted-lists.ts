import type { TestInstallation } from '../helpers/servers/test-installation';
import { definitionOf } from '../helpers/agent-definitions';
import type { ApiClient } from './api-client';

/** What stands in the paths of lists. */
export const plantedNames: Record<string, string> = {
  session: 'row-1',
  agent: 'row-1',
  webhook: 'row-1',
  plan: 'planned',
  workspace: 'default',
};

/** What is asked of some, so that all that is planted is shown, and nothing else. */
export const askedOf: Record<string, string> = {
  '/v1/insights': 'all=true',
  '/v1/audit': `action=${encodeURIComponent('PUT /v1/workspaces/{workspace}/members/{subject}')}`,
};

/** Two are of one moment each, and a microsecond lies between one moment and the next. */
const moment = `now() - interval '1 hour' + (n / 2) * interval '1 microsecond'`;
const rows = 'generate_series(1, 5) AS n';
const row = `'row-' || n`;

/** Five rows of each list of the workspace `default`. No workers may run: they would take some of it for their work. */
const statements = [
  `INSERT INTO sessions (workspace, id, plan_name, plan_hash, inputs_hash, base_directory, mode, settings, status, turn, progress, created_at)
   SELECT 'default', ${row}, 'planned', 'h', 'h', '/', 'full_autonomous', '{}', 'running', 1,
          '{"total":1,"succeeded":0,"failed":0,"skipped":0,"cancelled":0,"running":1,"percent":0}', ${moment} FROM ${rows}`,
  `INSERT INTO task_runs (workspace, session, run, task, item, position, status, attempt)
   SELECT 'default', 'row-1', 'task-' || n, 'task-' || n, -1, n, 'waiting', 0 FROM ${rows}
   UNION ALL SELECT 'default', 'row-1', 'each[' || n || ']', 'each', n, 3, 'waiting', 0 FROM generate_series(0, 11) AS n`,
  `INSERT INTO waiting_line (workspace, session, run, attempt, requirement_key, requirement, priority, remaining_ms, since, waits_for)
   SELECT 'default', 'row-1', 'each[' || n || ']', 1, 'k', '{}', 1 + n % 3, 0, ${moment}, 'room' FROM generate_series(0, 11) AS n`,
  `INSERT INTO budget_waits (workspace, session, run, wants, accounts, since, priority, waits_for)
   SELECT 'default', 'row-1', 'task-' || n, '[]', '{}', ${moment}, 1 + n % 3, 'money' FROM ${rows}`,
  `INSERT INTO resource_waits (workspace, session, run, resources, priority, since, works_for)
   SELECT 'default', 'row-2', 'each[' || n || ']', '{"writes":["file:a"],"reads":[]}', 3, ${moment}, '[]' FROM generate_series(8, 11) AS n`,
  `INSERT INTO leases (workspace, session, run, attempt, agent, expires_at, resources, in_spite_of)
   SELECT 'default', 'row-3', 'each[' || n || ']', 1, 'row-1', now() + interval '1 day', '{"writes":["file:a"],"reads":[]}', 'others'
   FROM generate_series(8, 11) AS n`,
  `INSERT INTO approvals (workspace, id, session, run, attempt, kind, question, question_hash, status, asked_at)
   SELECT 'default', ${row}, 'row-1', 'task-1', n, 'budget', '{}', 'h', 'open', ${moment} FROM ${rows}`,
  `INSERT INTO plans (workspace, hash, name, canonical, created_at)
   SELECT 'default', lpad(n::text, 64, '0'), 'planned', '{}', ${moment} FROM ${rows}
   UNION ALL SELECT 'default', lpad((10 + n)::text, 64, '0'), 'plan-' || n, '{}', ${moment} FROM ${rows}`,
  `INSERT INTO schedules (workspace, name, plan_name, plan_hash, inputs, base_directory, times)
   SELECT 'default', ${row}, 'planned', 'h', '{}', '/', '{"cron":["0 3 * * *"],"timeZone":"UTC","overlap":"skip","catchUpMs":60000}' FROM ${rows}`,
  `INSERT INTO webhook_messages (workspace, id, type, at, data) SELECT 'default', ${row}, 'session-ended', ${moment}, '{}' FROM ${rows}`,
  `INSERT INTO webhook_deliveries (workspace, message, webhook) SELECT 'default', ${row}, 'row-1' FROM ${rows}`,
  `INSERT INTO alert_events (workspace, id, type, alert, at, message)
   SELECT 'default', 'event-' || n, 'tested', '', ${moment}, 'A test.' FROM ${rows}`,
  `INSERT INTO alert_deliveries (workspace, event, webhook) SELECT 'default', 'event-' || n, 'row-1' FROM ${rows}`,
  `INSERT INTO health_events (workspace, at, type, subject, from_status, to_status, message)
   SELECT 'default', ${moment}, 'component', ${row}, 'healthy', 'degraded', 'It is slow.' FROM ${rows}`,
  `INSERT INTO agent_events (workspace, agent, at, kind, why) SELECT 'default', 'row-1', ${moment}, 'drained', ${row} FROM ${rows}`,
  `INSERT INTO agent_memories (workspace, agent_workspace, agent, id, kind, text, created_at)
   SELECT 'default', 'default', 'row-1', ${row}, 'fact', ${row}, ${moment} FROM ${rows}`,
  `INSERT INTO agent_tokens (workspace, id, agent, hash, created_at) SELECT 'default', ${row}, 'row-1', '', ${moment} FROM ${rows}`,
  `INSERT INTO api_tokens (workspace, id, name, role, hash, created_at, expires_at)
   SELECT 'default', ${row}, 'ci', 'user', '', ${moment}, now() + interval '1 day' FROM ${rows}`,
  `INSERT INTO applied_proposals (workspace, proposal, says, change, applied_at)
   SELECT 'default', ${row}, 'Do it.', '{"of":"settings","before":{},"after":{}}', ${moment} FROM ${rows}`,
  `INSERT INTO insights (workspace, id, kind, scope, feature, says, confidence, counts, links, source, expired_at)
   SELECT 'default', ${row}, 'said', '{}', '{}', 'Beware.', CASE WHEN n < 8 THEN 90 - n / 3 END, '{}', '[]',
          CASE WHEN n >= 8 THEN '{"agent":"default/row-1"}'::jsonb END, CASE n % 4 WHEN 0 THEN now() END
   FROM generate_series(1, 12) AS n`,
];

/** `client`: of an administrator of the workspace. */
export async function plantLists(installation: TestInstallation, client: ApiClient): Promise<void> {
  const { agents, agentSecrets, alerts, hosts, pool, webhookMessages, workspaces } = installation;
  const names = [1, 2, 3, 4, 5].map((n) => `row-${n}`);
  await agents.add(
    'default',
    names.map((name) => definitionOf(name)),
  );
  const rule = { metric: 'queue' as const, agent: null, raiseAt: 5, clearAt: 4, raiseAfter: 2, clearAfter: 3 };
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  for (const name of names) {
    await agentSecrets.set({ workspace: 'default', name: 'row-1' }, name.replace('-', '_').toUpperCase(), 'value');
    await alerts.set('default', { ...rule, name, windowMs: 60_000 });
    await hosts.join({ workspace: 'default', name, holder: 'test', maxConcurrent: 1, agents: [] }, () => true);
    await webhookMessages.add('default', { name, url: 'https://a.invalid/', types: ['session-ended'], secret });
    await workspaces.add(name, { title: '', by: null });
    // What is done over the API is audited.
    await client.send('PUT', `/v1/workspaces/default/members/${name}`, { body: { role: 'user' } });
  }
  for (const text of statements) await pool.query(text);
}
