import type { Pool } from 'pg';
import type { AgentKey } from '../../src/domain/agents/agent';

let attempts = 0;

/** Takes a lease for an attempt of the agent; returns how to end it. */
export async function occupy(pool: Pool, { workspace, name }: AgentKey): Promise<() => Promise<void>> {
  const attempt = ++attempts;
  await pool.query(
    `INSERT INTO leases (workspace, session, run, attempt, agent, agent_workspace, expires_at)
     VALUES ('default', 'test', 'task', $1, $2, $3, now() + interval '1 hour')`,
    [attempt, name, workspace],
  );
  return async () => {
    await pool.query(`UPDATE leases SET released_at = now() WHERE session = 'test' AND attempt = $1`, [attempt]);
  };
}

/** Stores what an attempt of the agent came to, in a session of its own workspace or of another one. */
export async function recordOutcome(
  pool: Pool,
  agent: AgentKey,
  verdict: string,
  { workspace = agent.workspace, capability }: { workspace?: string; capability?: string } = {},
): Promise<void> {
  const kind = capability === undefined ? null : { capability, taskType: 'task', technologies: [] };
  await pool.query(
    `INSERT INTO outcomes (workspace, session, run, attempt, plan_name, task, agent, agent_workspace, token, verdict,
                           retryable, ended_at, duration_ms, evidence, task_kind)
     VALUES ($1, 'test', 'task', $2, 'plan', 'task', $3, $4, 0, $5, true, now(), 100, '[]', $6)`,
    [workspace, ++attempts, agent.name, agent.workspace, verdict, kind && JSON.stringify(kind)],
  );
}
