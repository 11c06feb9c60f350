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

/** Stores what an attempt of the agent came to, in a session of its own workspace. */
export async function recordOutcome(pool: Pool, { workspace, name }: AgentKey, verdict: string): Promise<void> {
  await pool.query(
    `INSERT INTO outcomes (workspace, session, run, attempt, plan_name, task, agent, agent_workspace, token, verdict,
                           retryable, ended_at, duration_ms, evidence)
     VALUES ($3, 'test', 'task', $1, 'plan', 'task', $2, $3, 0, $4, true, now(), 100, '[]')`,
    [++attempts, name, workspace, verdict],
  );
}
