import type { Pool } from 'pg';
import type { AgentPresenceStore } from '../contracts/ports/agent-presence';

export function createAgentPresenceStore(pool: Pool): AgentPresenceStore {
  return {
    seen: async (agents) => {
      if (agents.length === 0) return;
      await pool.query({
        name: 'agents-seen',
        text: seenText,
        values: [agents.map(({ workspace }) => workspace), agents.map(({ name }) => name)],
      });
    },
  };
}

const seenText = `
  WITH seen AS (
    SELECT agents.workspace, agents.name AS agent
    FROM unnest($1::text[], $2::text[]) AS x (workspace, agent) JOIN agents ON agents.workspace = x.workspace AND agents.name = x.agent
  ), arrived AS (
    SELECT workspace, agent FROM seen WHERE NOT EXISTS (
      SELECT FROM agent_presence AS known WHERE known.workspace = seen.workspace AND known.agent = seen.agent AND is_online)
  ), noted AS (
    INSERT INTO agent_presence (workspace, agent, seen_at, is_online)
    SELECT workspace, agent, now(), true FROM seen ORDER BY workspace, agent
    ON CONFLICT (workspace, agent) DO UPDATE SET seen_at = now(), is_online = true
  )
  SELECT pg_notify('orchestra_agents', jsonb_build_array(workspace, agent)::text) FROM arrived`;
