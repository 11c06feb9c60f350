import type { Pool } from 'pg';
import type { AgentDirectory } from '../contracts/ports/agent-directory';
import type { AgentDefinition, AgentKey } from '../domain/agents/agent';
import { agentId } from '../domain/agents/agent-ref';
import { profileOf } from '../domain/routing/agent-profile';
import type { AgentProfile } from '../domain/routing/agent-profile';
import { Roster } from '../domain/routing/roster';
import { createSettingsCache } from './settings-cache';

/** All is read again after this long, whatever was heard. */
const maxAgeMs = 5 * 60_000;

/** Outcomes come by the hundred: the records of their agents are read again together, this much later at most. */
const recordsAgeMs = 1_000;

export function createAgentDirectory(pool: Pool, now: () => number = Date.now): AgentDirectory {
  const counts = { asked: 0, read: 0 };
  const settings = createSettingsCache(pool, counts, now);
  let known: { roster: Roster; readAt: number } | undefined;
  let reading: Promise<Roster> | undefined;
  const changed = new Map<string, AgentKey>();
  /** Agents that ended an attempt. */
  const worked = new Map<string, AgentKey>();
  let recordsReadAt = 0;
  /** What was heard while something was read: it may be newer than what is read. */
  const heard = new Map<string, { agent: AgentKey; running: number }>();

  const readAll = async (): Promise<Roster> => {
    const readAt = now();
    changed.clear();
    worked.clear();
    const { rows } = await pool.query<ProfileRow>({ name: 'all-profiles', text: selectProfiles });
    const roster = new Roster(rows.map(toProfile));
    known = { roster, readAt };
    return roster;
  };

  const readChanged = async (roster: Roster): Promise<Roster> => {
    const keys = [...new Map([...worked, ...changed]).values()];
    changed.clear();
    worked.clear();
    recordsReadAt = now();
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

  const freshRoster = (): Roster | undefined =>
    known !== undefined && now() - known.readAt < maxAgeMs ? known.roster : undefined;

  const read = async (): Promise<Roster> => {
    counts.read += 1;
    heard.clear();
    const fresh = freshRoster();
    const roster = await (fresh ? readChanged(fresh) : readAll());
    for (const { agent, running } of heard.values()) roster.setRunning(agent, running);
    return roster;
  };

  return {
    counts,
    roster: () => {
      counts.asked += 1;
      const fresh = freshRoster();
      const isStale = changed.size > 0 || (worked.size > 0 && now() - recordsReadAt >= recordsAgeMs);
      if (fresh && !isStale && !reading) return Promise.resolve(fresh);
      return (reading ??= read().finally(() => (reading = undefined)));
    },
    agentChanged: (agent) => void changed.set(agentId(agent), agent),
    roomChanged: (agent, running) => {
      const before = known?.roster.entry(agent)?.running ?? 0;
      if (running < before) worked.set(agentId(agent), agent);
      known?.roster.setRunning(agent, running);
      heard.set(agentId(agent), { agent, running });
    },
    settings: settings.of,
    settingsChanged: settings.changed,
    forget: () => {
      known = undefined;
      settings.forget();
    },
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

function toProfile({ workspace, definition, draining, ...row }: ProfileRow): AgentProfile {
  const agent = { ...definition, workspace, draining, maxConcurrent: row.max_concurrent };
  return profileOf(agent, row.running, {
    succeeded: row.succeeded ?? 0,
    failed: row.failed ?? 0,
    logDurationSum: row.log_duration_sum ?? 0,
    logDurationSquareSum: row.log_duration_square_sum ?? 0,
  });
}
