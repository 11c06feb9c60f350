import type { Pool } from 'pg';
import type { AgentDirectory } from '../contracts/ports/agent-directory';
import type { AgentDefinition, AgentKey } from '../domain/agents/agent';
import { agentId } from '../domain/agents/agent-ref';
import { mustBeSeen } from '../domain/agents/status';
import { ownerOf, readRateAccount } from '../domain/budget/rate-accounts';
import { breakerState } from '../domain/health/breaker-state';
import type { Breaker } from '../domain/health/circuit-breaker';
import { Expectations } from '../domain/learning/expectations';
import { knownAgents, profileOf, startLimitOf } from '../domain/routing/agent-profile';
import type { AgentProfile } from '../domain/routing/agent-profile';
import { modelRecords, withModelRecords } from '../domain/routing/model-records';
import type { ModelRecords } from '../domain/routing/model-records';
import { Roster, rosterMaxAgeMs } from '../domain/routing/roster';
import { knownByOthers, nothingElsewhere, readElsewhere } from './agents-elsewhere';
import type { KnownElsewhere } from './agents-elsewhere';
import { learntColumns, learntOf, nothingLearnt } from './learnt-of-agents';
import type { LearntRow } from './learnt-of-agents';
import { milliseconds } from './milliseconds';
import { createSettingsCache } from './settings-cache';
import { acrossWorkspaces } from './scope';

/** Records of agents that something was learnt of are read again together, this much later at most. */
const recordsAgeMs = 1_000;

export function createAgentDirectory(pool: Pool, now: () => number = Date.now): AgentDirectory {
  const counts = { asked: 0, read: 0 };
  const settings = createSettingsCache(pool, counts, now);
  /** `ofModels` are as old as `readAt`: what is known of many changes slowly. */
  let known: { roster: Roster; ofModels: ModelRecords; readAt: number } | undefined;
  let reading: Promise<Roster> | undefined;
  /** Outlives rosters: who goes round goes on. */
  const turns = new Map<string, AgentKey>();
  /** What was begun to be read before is not kept: something may have been missed since. */
  let timesForgotten = 0;
  const changed = new Map<string, AgentKey>();
  /** Agents of which something was learnt. */
  const learnt = new Map<string, AgentKey>();
  let recordsReadAt = 0;
  /** What was heard while something was read: it may be newer than what is read. */
  const heard = new Map<string, { agent: AgentKey; running: number }>();
  const startsHeard = new Map<string, number>();

  const readAll = async (): Promise<Roster> => {
    const readAt = now();
    const begunAt = timesForgotten;
    changed.clear();
    learnt.clear();
    const { rows } = await acrossWorkspaces(pool, 'routing').query<ProfileRow>({
      name: 'all-profiles',
      text: selectProfiles,
    });
    const profiles = await toProfiles(pool, rows);
    const ofModels = modelRecords(profiles);
    const roster = new Roster(
      profiles.map((profile) => withModelRecords(profile, ofModels)),
      new Expectations(profiles.flatMap(knownAgents)),
      turns,
    );
    if (begunAt === timesForgotten) known = { roster, ofModels, readAt };
    return roster;
  };

  const readSome = async (keys: readonly AgentKey[]): Promise<AgentProfile[]> => {
    const { rows } = await acrossWorkspaces(pool, 'routing').query<ProfileRow>({
      name: 'changed-profiles',
      text: `${selectProfiles} JOIN unnest($1::text[], $2::text[]) AS wanted (workspace, name)
               ON wanted.workspace = agents.workspace AND wanted.name = agents.name`,
      values: [keys.map(({ workspace }) => workspace), keys.map(({ name }) => name)],
    });
    return toProfiles(pool, rows, keys);
  };

  const readChanged = async (roster: Roster): Promise<Roster> => {
    const keys = [...new Map([...learnt, ...changed]).values()];
    changed.clear();
    learnt.clear();
    recordsReadAt = now();
    const profiles = await readSome(keys).catch((error: unknown) => {
      // They have changed all the same: the next one reads them.
      for (const key of keys) changed.set(agentId(key), key);
      throw error;
    });
    const found = new Map(profiles.map((profile) => [agentId(profile), profile]));
    for (const key of keys) {
      const profile = found.get(agentId(key));
      if (profile) roster.put(withModelRecords(profile, known?.ofModels ?? new Map()));
      else roster.remove(key);
    }
    return roster;
  };

  const freshRoster = (): Roster | undefined =>
    known !== undefined && now() - known.readAt < rosterMaxAgeMs ? known.roster : undefined;

  const read = async (): Promise<Roster> => {
    counts.read += 1;
    heard.clear();
    startsHeard.clear();
    const fresh = freshRoster();
    const roster = await (fresh ? readChanged(fresh) : readAll());
    for (const { agent, running } of heard.values()) roster.setRunning(agent, running);
    startsHeard.forEach((used, account) => roster.setStarts(account, used));
    return roster;
  };

  return {
    counts,
    roster: () => {
      counts.asked += 1;
      const fresh = freshRoster();
      const isStale = changed.size > 0 || (learnt.size > 0 && now() - recordsReadAt >= recordsAgeMs);
      if (fresh && !isStale && !reading) return Promise.resolve(fresh);
      return (reading ??= read().finally(() => (reading = undefined)));
    },
    agentChanged: (agent) => void changed.set(agentId(agent), agent),
    roomChanged: (agent, running) => {
      known?.roster.setRunning(agent, running);
      heard.set(agentId(agent), { agent, running });
    },
    recordChanged: (agent) => void learnt.set(agentId(agent), agent),
    startsChanged: (account, used) => {
      known?.roster.setStarts(account, used);
      startsHeard.set(account, used);
    },
    settings: settings.of,
    settingsChanged: settings.changed,
    forget: () => {
      known = undefined;
      timesForgotten += 1;
      settings.forget();
    },
  };
}

interface ProfileRow extends AgentKey, LearntRow {
  host_max: number | null;
  host_running: number | null;
  definition: AgentDefinition;
  draining: boolean;
  now_ms: number;
  max_concurrent: number;
  running: number;
  is_online: boolean | null;
  seen_at: number | null;
  breaker: Breaker | null;
}

const selectProfiles = `
  SELECT agents.workspace, agents.name, definition, agents.draining OR coalesce(hosts.draining, false) AS draining,
         (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms,
         room.max_concurrent, places_taken(room.running, room.max_concurrent, room.trials) AS running, breakers.breaker, host_room.max_concurrent AS host_max, host_room.running AS host_running,
         coalesce(hosts.is_online, presence.is_online) AS is_online, ${milliseconds('coalesce(hosts.seen_at, presence.seen_at)')} AS seen_at,
         ${learntColumns('agents.workspace')}
  FROM agents
  JOIN agent_room AS room ON room.workspace = agents.workspace AND room.agent = agents.name
  LEFT JOIN hosts ON hosts.workspace = agents.workspace AND hosts.name = host_of(agents.name)
  LEFT JOIN agent_room AS host_room ON host_room.workspace = agents.workspace AND host_room.agent = '@' || host_of(agents.name)
  LEFT JOIN agent_breakers AS breakers ON breakers.workspace = agents.workspace AND breakers.agent = agents.name
  LEFT JOIN agent_presence AS presence ON presence.workspace = agents.workspace AND presence.agent = agents.name`;

/** Of agents whose starts are limited, with those of the window that is open. `keys`: of the rows, where these are not all. */
async function toProfiles(
  pool: Pool,
  rows: readonly ProfileRow[],
  keys?: readonly AgentKey[],
): Promise<AgentProfile[]> {
  const isAnyShared = rows.some(({ definition }) => definition.shared);
  const elsewhere = isAnyShared ? await readElsewhere(pool, keys) : nothingElsewhere;
  const profiles = rows.map((row) => toProfile(row, elsewhere));
  const limits = profiles.flatMap((profile) => startLimitOf(profile, rows[0]?.now_ms ?? 0) ?? []);
  if (limits.length === 0) return profiles;
  const { rows: counted } = await acrossWorkspaces(pool, 'routing').query<{ account: string; used: number }>({
    name: 'starts-of-agents',
    text: `SELECT account, reserved + kept + spent AS used FROM budget_accounts
           JOIN unnest($1::text[], $2::text[]) AS wanted (workspace, account) USING (workspace, account) WHERE unit = 'attempts'`,
    values: [limits.map(({ account }) => ownerOf(account, '')), limits.map(({ account }) => account)],
  });
  const used = new Map(counted.map((row) => [row.account, row.used]));
  return profiles.map((profile) => {
    const account = startLimitOf(profile, rows[0]?.now_ms ?? 0)?.account ?? '';
    const rate = readRateAccount(account);
    return rate ? { ...profile, starts: { ...rate, used: used.get(account) ?? 0 } } : profile;
  });
}

function toProfile(row: ProfileRow, elsewhere: KnownElsewhere): AgentProfile {
  const profile = profileWith(row, row);
  if (!profile.shared) return profile;
  const by = [...knownByOthers(row, row, elsewhere)].map(([workspace, learnt]): [string, AgentProfile] => [
    workspace,
    profileWith(row, learnt),
  ]);
  return { ...profile, elsewhere: { by: new Map(by), byOthers: profileWith(row, nothingLearnt) } };
}

/** As it is to who has learnt that. */
function profileWith({ workspace, definition, draining, ...row }: ProfileRow, known: LearntRow): AgentProfile {
  const offline = mustBeSeen(definition) && row.is_online !== true ? { offline: { lastSeenAt: row.seen_at } } : {};
  const breaker = breakerState(row.breaker);
  const { capabilities, record, ...learnt } = learntOf(definition, known, row.now_ms);
  const agent = {
    ...definition,
    capabilities,
    ...offline,
    ...(breaker && { breaker }),
    workspace,
    draining,
    maxConcurrent: row.max_concurrent,
  };
  const { host_max: maxConcurrent, host_running: running } = row;
  return {
    ...profileOf(agent, row.running, record),
    ...learnt,
    ...(maxConcurrent !== null && { hostRoom: { maxConcurrent, running: running ?? 0 } }),
  };
}
