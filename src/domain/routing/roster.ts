import type { AgentKey } from '../agents/agent';
import { agentId, hostRoom, splitInstance } from '../agents/agent-ref';
import { agentRateSeries, readRateAccount, windowEnd } from '../budget/rate-accounts';
import { beliefOf } from '../learning/belief';
import type { Activity, Belief } from '../learning/belief';
import { Expectations } from '../learning/expectations';
import type { SuccessPrior } from '../learning/measured';
import { seenFrom, viewsOf } from './agent-profile';
import type { AgentProfile, Room, Starts } from './agent-profile';
import { ActivityRecords } from './activity-records';
import { Changes } from './changes';
import { meets, specialisationOf } from './requirement-match';
import { membershipKey } from './routing-requirement';
import type { RoutingRequirement } from './routing-requirement';
import { hashText } from './tie-break';
import { upsert } from '../upsert';

/** An agent in the roster. Its profile and what it runs change in place, so that pools stay true without being built again. */
export interface RosterEntry {
  profile: AgentProfile;
  /** What counts: the profile's own number is as old as the profile. */
  running: number;
  /** The room of its host; the same object for all agents there. */
  host?: Room;
  /** What it has started in a window that it may not exceed; the same object for all its instances. */
  starts?: Starts;
  /** Of its key. */
  hash: number;
}

export interface PoolMember {
  entry: RosterEntry;
  specialisation: number;
}

/** With what was expected before. */
export type Believed = Belief & Required<Pick<Belief, 'prior'>>;

/** The agents that meet a requirement, by name, then workspace, whether they have room or not. */
export type CandidatePool = readonly PoolMember[];

/** All of a roster is read again after so long. */
export const rosterMaxAgeMs = 5 * 60_000;

/** Workers live long, and every plan brings requirements: the oldest pools go. */
const maxPools = 256;

/**
 * All agents that routing may choose from, with an index by name and capability. Built once, then kept true by single changes: a new
 * record, draining and what runs cost nothing; a change of what an agent can do drops the pools.
 */
export class Roster {
  private readonly byName = new Map<string, Map<string, RosterEntry>>();
  private readonly byCapability = new Map<string, Set<RosterEntry>>();
  private readonly hosts = new Map<string, Room>();
  /** By series of accounts. */
  private readonly starts = new Map<string, Starts>();
  private readonly pools = new Map<string, CandidatePool>();
  /** Agents whose own record, room or cost is another. What they share with others is looked at each time. */
  readonly changes = new Changes<RosterEntry>();
  readonly activities = new ActivityRecords();
  private readonly keys = new WeakMap<CandidatePool, string>();

  /**
   * `expectations`: what others came to when all was read; it is as old as the roster, because what is known of many changes slowly. `turns`: of pools that are
   * gone round, by what they are asked by, who was given something last; pools that are built again go on from there, also in the roster that comes after.
   */
  constructor(
    profiles: Iterable<AgentProfile> = [],
    private readonly expectations = new Expectations(),
    private readonly turns = new Map<string, AgentKey>(),
  ) {
    for (const profile of profiles) this.put(profile);
  }

  /** Adds the agent, or replaces the one with its key. */
  put(profile: AgentProfile): void {
    const known = this.entry(profile);
    if (known && abilities(known.profile) === abilities(profile)) {
      this.activities.take(known.profile);
      this.activities.add(profile);
      known.profile = profile;
      known.running = profile.running;
      this.noteHost(profile);
      this.noteStarts(known);
      this.changes.note(known);
      return;
    }
    this.remove(profile);
    const { workspace, name } = profile;
    const host = this.noteHost(profile);
    const hash = hashText(JSON.stringify([workspace, name]));
    const entry: RosterEntry = { profile, running: profile.running, hash, ...(host && { host }) };
    this.noteStarts(entry);
    this.activities.add(profile);
    upsert(this.byName, splitInstance(name).agent, () => new Map<string, RosterEntry>()).set(agentId(profile), entry);
    for (const capability of profile.capabilities) {
      upsert(this.byCapability, capability.name, () => new Set<RosterEntry>()).add(entry);
    }
    this.pools.clear();
  }

  remove(key: AgentKey): void {
    const entry = this.entry(key);
    if (!entry) return;
    this.activities.take(entry.profile);
    const { agent } = splitInstance(key.name);
    const sameName = this.byName.get(agent);
    sameName?.delete(agentId(key));
    if (sameName?.size === 0) this.byName.delete(agent);
    for (const { name } of entry.profile.capabilities) {
      const able = this.byCapability.get(name);
      able?.delete(entry);
      if (able?.size === 0) this.byCapability.delete(name);
    }
    this.pools.clear();
  }

  /** Of an agent or a host. One that is not there is ignored: it may have been removed while it worked. */
  setRunning(key: AgentKey, running: number): void {
    const entry = this.entry(key);
    const room = entry ?? this.hosts.get(agentId(key));
    if (!room || room.running === running) return;
    room.running = running;
    if (entry) this.changes.note(entry);
  }

  /** What an account of starts came to; one that has ended, or that nobody limits, is ignored. */
  setStarts(account: string, used: number): void {
    const { series = '', endsAt = 0 } = readRateAccount(account) ?? {};
    const starts = this.starts.get(series);
    if (starts && endsAt >= starts.endsAt) Object.assign(starts, { used, endsAt });
  }

  /** Opens the windows of `now`, in milliseconds since 1970, in place of those that have ended. */
  passTime(now: number): void {
    for (const starts of this.starts.values()) {
      if (starts.endsAt <= now) Object.assign(starts, { used: 0, endsAt: windowEnd(starts.windowMs, now) });
    }
  }

  entry(key: AgentKey): RosterEntry | undefined {
    return this.byName.get(splitInstance(key.name).agent)?.get(agentId(key));
  }

  /**
   * Whom a workspace means by a name: its own agent, on whatever hosts, which hides shared ones; else all shared ones of that name. `ada@attic` is
   * the one on that host, `acme/ada` the shared one of acme.
   */
  named(name: string, workspace: string): RosterEntry[] {
    const [owner = '', ofOwner] = name.split('/');
    const { agent, host } = splitInstance(ofOwner ?? name);
    const sameName = [...(this.byName.get(agent)?.values() ?? [])];
    const meant = host === undefined ? sameName : sameName.filter(({ profile }) => profile.name === (ofOwner ?? name));
    if (ofOwner !== undefined) {
      return meant.filter(({ profile }) => profile.workspace === owner && isVisible(profile, workspace));
    }
    const own = meant.filter(({ profile }) => profile.workspace === workspace);
    return own.length > 0 ? own : meant.filter(({ profile }) => profile.shared);
  }

  candidatesFor(requirement: RoutingRequirement, workspace: string): CandidatePool {
    const key = JSON.stringify([workspace, membershipKey(requirement)]);
    const known = this.pools.get(key);
    if (known) return known;
    const pool = this.buildPool(requirement, workspace);
    this.keys.set(pool, key);
    const [oldest] = this.pools.keys();
    if (this.pools.size >= maxPools && oldest !== undefined) this.pools.delete(oldest);
    this.pools.set(key, pool);
    return pool;
  }

  /** In a circle round the pool, the place of the agent after the one that was given something last. */
  turnOf(pool: CandidatePool): number {
    const last = this.turns.get(this.keys.get(pool) ?? '');
    if (!last) return 0;
    const position = firstNotBefore(pool, last);
    return positionIn(pool, last) === position ? position + 1 : position;
  }

  /** The agent was given something as one of those that meet the requirement. */
  passTurn(requirement: RoutingRequirement, workspace: string, agent: AgentKey): void {
    const key = this.keys.get(this.candidatesFor(requirement, workspace)) ?? '';
    const [oldest] = this.turns.keys();
    if (this.turns.size >= maxPools && !this.turns.has(key) && oldest !== undefined) this.turns.delete(oldest);
    this.turns.set(key, { workspace: agent.workspace, name: agent.name });
  }

  /** What a workspace believes of an agent in an activity, the agent as it sees it; `prior`: what it expects of agents of which nothing is known. */
  believed(workspace: string, seen: AgentProfile, activity: Activity, prior: SuccessPrior): Believed {
    const expected = this.expectations.of(workspace, seen, seen.type, prior);
    return { prior: expected, ...beliefOf(seen, activity, expected) };
  }

  /** Own and shared agents of a workspace, in no order. */
  *visible(workspace: string): Generator<AgentProfile> {
    for (const sameName of this.byName.values()) {
      for (const { profile } of sameName.values()) if (isVisible(profile, workspace)) yield profile;
    }
  }

  private noteHost({ workspace, name, hostRoom: room }: AgentProfile): Room | undefined {
    const { host } = splitInstance(name);
    if (host === undefined || !room) return undefined;
    const known = upsert(this.hosts, agentId(hostRoom(workspace, host)), () => ({ ...room }));
    return Object.assign(known, room);
  }

  private noteStarts(entry: RosterEntry): void {
    const { rateLimit, starts } = entry.profile;
    if (!rateLimit) {
      delete entry.starts;
      return;
    }
    const { windowMs } = rateLimit;
    entry.starts = upsert(this.starts, agentRateSeries(entry.profile, windowMs), () => ({
      used: 0,
      windowMs,
      endsAt: 0,
    }));
    if (starts && starts.endsAt >= entry.starts.endsAt) Object.assign(entry.starts, starts);
  }

  private buildPool(requirement: RoutingRequirement, workspace: string): CandidatePool {
    const { names, capability } = requirement;
    const all = (): RosterEntry[] => [...this.byName.values()].flatMap((sameName) => [...sameName.values()]);
    const asked = names
      ? [...new Set(names)].flatMap((name) => this.named(name, workspace))
      : capability === undefined
        ? all()
        : [...(this.byCapability.get(capability) ?? [])];
    return asked
      .filter(({ profile }) => isVisible(profile, workspace) && meets(profile, requirement))
      .sort((left, right) => compareKeys(left.profile, right.profile))
      .map((entry) => ({ entry, specialisation: specialisationOf(seenFrom(entry.profile, workspace), requirement) }));
  }
}

/** The place of an agent in a pool; -1 where it is not in it. */
export function positionIn(pool: CandidatePool, key: AgentKey): number {
  const position = firstNotBefore(pool, key);
  const found = pool[position];
  return found && compareKeys(found.entry.profile, key) === 0 ? position : -1;
}

function firstNotBefore(pool: CandidatePool, key: AgentKey): number {
  let low = 0;
  let high = pool.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const member = pool[middle];
    if (member && compareKeys(member.entry.profile, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function compareKeys(left: AgentKey, right: AgentKey): number {
  if (left.name !== right.name) return left.name < right.name ? -1 : 1;
  return left.workspace < right.workspace ? -1 : left.workspace > right.workspace ? 1 : 0;
}

function isVisible({ workspace, shared }: AgentProfile, toWorkspace: string): boolean {
  return shared || workspace === toWorkspace;
}

/** What decides which pools an agent is in, and as what. */
function abilities(profile: AgentProfile): string {
  const { tags, type, shared } = profile;
  const { byOthers } = profile.elsewhere ?? {};
  const seen = [...viewsOf(profile), ...(byOthers ? [['', byOthers] as const] : [])].map(
    ([workspace, { capabilities }]) => [
      workspace,
      capabilities.map((one) => [one.name, one.proficiency, one.technologies]),
    ],
  );
  return JSON.stringify([seen, tags, type, shared]);
}
