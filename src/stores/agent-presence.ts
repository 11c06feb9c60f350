import type { Pool } from 'pg';
import type { AgentPresenceStore } from '../contracts/ports/agent-presence';
import { acrossWorkspaces } from './scope';

export function createAgentPresenceStore(pool: Pool): AgentPresenceStore {
  return {
    seen: async (agents) => {
      if (agents.length === 0) return;
      await acrossWorkspaces(pool, 'remote agents').query({
        name: 'agents-seen',
        text: seenText,
        values: [agents.map(({ workspace }) => workspace), agents.map(({ name }) => name)],
      });
    },

    noteSilent: async ({ agentsMs, hostsMs }) => {
      await acrossWorkspaces(pool, 'backstop').query({
        name: 'note-silent',
        text: silentText,
        values: [agentsMs, hostsMs],
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

// Of hosts a trigger tells. Who is being changed is skipped: it was heard of just now, or somebody else is at it.
const silentText = `
  WITH silent_hosts AS (
    SELECT workspace, name FROM hosts WHERE is_online AND seen_at < now() - $2 * interval '1 millisecond' FOR UPDATE SKIP LOCKED
  ), hosts_gone AS (
    UPDATE hosts SET is_online = false FROM silent_hosts AS silent WHERE hosts.workspace = silent.workspace AND hosts.name = silent.name
  ), silent AS (
    SELECT workspace, agent FROM agent_presence WHERE is_online AND seen_at < now() - $1 * interval '1 millisecond' FOR UPDATE SKIP LOCKED
  ), gone AS (
    UPDATE agent_presence AS known SET is_online = false FROM silent WHERE known.workspace = silent.workspace AND known.agent = silent.agent
    RETURNING known.workspace, known.agent
  )
  SELECT pg_notify('orchestra_agents', jsonb_build_array(workspace, agent)::text) FROM gone`;
