import type { Pool } from 'pg';
import type { AgentDirectory } from '../contracts/ports/agent-directory';
import type { AgentDefinition, AgentKey } from '../domain/agents/agent';
import { agentId } from '../domain/agents/agent-ref';
import type { AgentProfile } from '../domain/routing/agent-profile';
import { Roster } from '../domain/routing/roster';

/** Records of outcomes are read again after this long; definitions and room are told of as they change. */
const maxAgeMs = 5 * 60_000;

export function createAgentDirectory(pool: Pool, now: () => number = Date.now): AgentDirectory {
  const counts = { asked: 0, read: 0 };
  let known: { roster: Roster; readAt: number } | undefined;
  let reading: Promise<Roster> | undefined;
  const changed = new Map<string, AgentKey>();
  /** What was heard while the roster was read: it may be newer than what is read. */
  let heard: Map<string, { agent: AgentKey; running: number }> | undefined;

  const readAll = async (): Promise<Roster> => {
    counts.read += 1;
    heard = new Map();
    changed.clear();
    const readAt = now();
    const { rows } = await pool.query<ProfileRow>({ name: 'all-profiles', text: `${selectProfiles}` });
    const roster = new Roster(rows.map(toProfile));
    for (const { agent, running } of heard.values()) roster.setRunning(agent, running);
    known = { roster, readAt };
    return roster;
  };

  const readChanged = async (roster: Roster): Promise<Roster> => {
    counts.read += 1;
    const keys = [...changed.values()];
    changed.clear();
    const { rows } = await pool.query<ProfileRow>({
      name: 'changed-profiles',
      text: `${selectProfiles} JOIN unnest($1::text[], $2::text[]) AS wanted (workspace, name)
               ON wanted.workspace = agents.workspace AND wanted.name = agents.name`,
      values: [keys.map(({ workspace }) => workspace), keys.map(({ name }) => name)],
    });
    const found = new Map(rows.map((row) => [agentId(row), toProfile(row)]));
    for (const key of keys) {
      const profile = found.get(agentId(key));
      if (profile) roster.put(profile);
      else roster.remove(key);
    }
    return roster;
  };

  const read = (): Promise<Roster> => {
    const isFresh = known !== undefined && now() - known.readAt < maxAgeMs;
    const roster = isFresh ? known?.roster : undefined;
    return (roster ? readChanged(roster) : readAll()).finally(() => {
      reading = undefined;
      heard = undefined;
    });
  };

  return {
    counts,
    roster: () => {
      counts.asked += 1;
      const isFresh = known !== undefined && now() - known.readAt < maxAgeMs;
      if (known && isFresh && changed.size === 0 && !reading) return Promise.resolve(known.roster);
      return (reading ??= read());
    },
    agentChanged: (agent) => void changed.set(agentId(agent), agent),
    roomChanged: (agent, running) => {
      known?.roster.setRunning(agent, running);
      heard?.set(agentId(agent), { agent, running });
    },
    forget: () => (known = undefined),
  };
}

interface ProfileRow extends AgentKey {
  definition: AgentDefinition;
  draining: boolean;
  max_concurrent: number;
  running: number;
  succeeded: number | null;
  failed: number | null;
  log_duration_sum: number | null;
  log_duration_square_sum: number | null;
}

const selectProfiles = `
  SELECT agents.workspace, agents.name, definition, draining, max_concurrent, running,
         succeeded, failed, log_duration_sum, log_duration_square_sum
  FROM agents
  JOIN agent_room ON agent_room.workspace = agents.workspace AND agent_room.agent = agents.name
  LEFT JOIN agent_records ON agent_records.workspace = agents.workspace AND agent_records.agent = agents.name`;

function toProfile({ workspace, name, definition, draining, ...row }: ProfileRow): AgentProfile {
  const { connector, capabilities, tags, cost, shared } = definition;
  return {
    workspace,
    name,
    connector: connector.connector,
    capabilities,
    tags,
    cost,
    shared,
    draining,
    maxConcurrent: row.max_concurrent,
    running: row.running,
    record: {
      succeeded: row.succeeded ?? 0,
      failed: row.failed ?? 0,
      logDurationSum: row.log_duration_sum ?? 0,
      logDurationSquareSum: row.log_duration_square_sum ?? 0,
    },
  };
}
