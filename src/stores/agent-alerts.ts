import type { PoolClient } from 'pg';
import type { AgentKey } from '../domain/agents/agent';
import { agentAlertWords } from '../domain/alerts/alert-event';
import { alertEventId } from './alert-events';
import { databaseText } from './database-text';

/** Has all who want to hear of alerts of the workspace told that an agent of it is not well, and notes it; resolves with their names. */
export async function tellOfAgent(
  client: PoolClient,
  { workspace, name }: AgentKey,
  asked: { by: string; why: string | null },
): Promise<string[]> {
  const by = databaseText(asked.by);
  const why = asked.why === null ? null : databaseText(asked.why);
  const { rows } = await client.query<{ webhook: string | null }>(tellText, [
    workspace,
    alertEventId(),
    name,
    agentAlertWords(name, by, why),
    why,
    by,
  ]);
  return rows.flatMap(({ webhook }) => webhook ?? []).sort();
}

const tellText = `
  WITH old AS (
    DELETE FROM alert_events WHERE workspace = $1 AND at < now() - interval '90 days'
  ), happened AS (
    INSERT INTO alert_events (workspace, id, type, alert, agent, at, message) VALUES ($1, $2, 'agent', '', $3, now(), $4)
  ), noted AS (
    INSERT INTO agent_events (workspace, agent, kind, why, by_whom) VALUES ($1, $3, 'alerted', $5, $6)
  )
  INSERT INTO alert_deliveries (workspace, event, webhook)
  SELECT $1, $2, name FROM webhooks WHERE workspace = $1 AND enabled AND 'alert' = ANY (types)
  RETURNING webhook`;
