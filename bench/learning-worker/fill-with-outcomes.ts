import { readPlan, requirePlan } from '../../src/contracts/schemas/read-plan';
import type { AgentKey } from '../../src/domain/agents/agent';
import { complexities } from '../../src/domain/plan/plan';
import type { Complexity } from '../../src/domain/plan/plan';
import type { LocalInstallation } from '../../src/main/local';
import { planDocuments } from '../../src/main/prepare-plan';

export const workspace = 'bench-learning';
export const agents = 1_000;
export const capabilities = 5;
const sessions = 2_000;
const otherTasks = 5_000;
export const insights = 500;

/** Sessions of one plan, whose tasks ask for capabilities in turn, with what their attempts came to; and insights on them. */
export async function fillWithOutcomes(
  { pool, plans, agents: registry }: Pick<LocalInstallation, 'pool' | 'plans' | 'agents'>,
  outcomes: number,
): Promise<void> {
  await registry.add(
    workspace,
    Array.from({ length: agents }, (_, at) => ({
      name: `agent-${at}`,
      connector: {
        connector: 'simulated' as const,
        latency: { kind: 'fixed' as const, ms: 0 },
        script: [],
        successRate: 1,
      },
      capabilities: [{ name: `skill-${at % capabilities}`, proficiency: 1, technologies: [] }],
      tags: [],
      maxConcurrent: 10,
      cost: {},
      shared: false,
    })),
  );
  const tasks = Array.from({ length: 20 }, (_, at): [string, object] => [
    `task_${at}`,
    {
      agent: { capability: `skill-${at % capabilities}` },
      type: `type-${at % 4}`,
      complexity: complexityOfTask(at),
      prompt: `Fix the ${wordsOfTask(at)} and say what it was.`,
    },
  ]);
  const text = JSON.stringify({ version: 1, name: 'bench', tasks: Object.fromEntries(tasks) });
  const { plan, hash } = requirePlan(
    await readPlan({ file: 'bench.plan.yaml', text }, () => Promise.reject(new Error('no other file'))),
  );
  await plans.put(workspace, planDocuments(plan));
  await pool.query(
    `INSERT INTO sessions (workspace, id, plan_name, plan_hash, inputs_hash, base_directory, mode, settings, status, progress, started_at)
     SELECT $1, 'session-' || n, 'bench', $2, '', '/', 'full_autonomous', '{}', 'succeeded', '{}', now() FROM generate_series(0, $3 - 1) AS n`,
    [workspace, hash, sessions],
  );
  // Tasks of other plans of the workspace, of the same types and capabilities.
  await pool.query(
    `INSERT INTO known_tasks (workspace, plan_name, task, capability, task_type, technologies, words)
     SELECT $1, 'plan-' || n / 20, 'task_' || n % 20, 'skill-' || n % $3, 'type-' || n % 4, '{}',
            to_tsvector('english', 'Look at ' || (SELECT string_agg('part' || (n * k) % 997, ' ') FROM generate_series(1, 60) AS k))
     FROM generate_series(0, $2::int - 1) AS n`,
    [workspace, otherTasks, capabilities],
  );
  // On each capability and type of task the same number of each kind.
  await pool.query(
    `INSERT INTO insights (workspace, id, kind, scope, feature, says, confidence, counts, links)
     SELECT $1, 'insight-' || n, (ARRAY['success_pattern', 'failure_pattern', 'pitfall', 'optimisation', 'collaboration'])[1 + n / 20 % 5],
            jsonb_build_object('capability', 'skill-' || n % $3, 'taskType', 'type-' || n % 4), jsonb_build_object('tools', 'edit → test ' || n),
            'With the tools edit → test ' || n || ', such tasks succeed in 95% (40 sessions), otherwise in 61% (38).', 70 + n % 30, '{}', '[]'
     FROM generate_series(0, $2::int - 1) AS n`,
    [workspace, insights, capabilities],
  );
  // In parts, as attempts end over hours.
  for (let from = 0; from < outcomes; from += 50_000) {
    await pool.query(
      `INSERT INTO outcomes (workspace, session, run, attempt, plan_name, task, agent, agent_workspace, token, verdict, retryable,
                             started_at, ended_at, duration_ms, evidence, accepted_turn)
       SELECT $1, 'session-' || n % $4, 'task_' || n % 20, n, 'bench', 'task_' || n % 20,
              'agent-' || (n % 20) % 5 + 5 * (n % 200), $1, 0, CASE WHEN n % 7 = 0 THEN 'failed' ELSE 'succeeded' END, true,
              now(), now() - (1000000 - n) * interval '1 second', 1000 + n % 5000, '[]', 1
       FROM generate_series($2::int, $3::int - 1) AS n`,
      [workspace, from, Math.min(from + 50_000, outcomes), sessions],
    );
  }
  await pool.query('ANALYZE');
}

/** What the task is about; twenty tasks are about something else each. */
export function wordsOfTask(at: number): string {
  return ['parser', 'scheduler', 'login page', 'report', 'build']
    .map((word, nth) => `${word} ${at * (nth + 1)}`)
    .join(', ');
}

export function complexityOfTask(at: number): Complexity {
  return complexities[at % complexities.length] ?? 'low';
}

/** One of those that do it, and nothing else. */
export function agentOfTask(at: number): AgentKey {
  return { workspace, name: `agent-${(at % capabilities) + capabilities * at}` };
}
