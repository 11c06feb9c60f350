import type { AgentDirectory } from '../contracts/ports/agent-directory';
import { waiterId } from '../contracts/ports/waiting-line-store';
import type {
  FoundRoom,
  GrantedTurn,
  LineWaiter,
  WaitingLineStore,
  WaitingLineTransaction,
} from '../contracts/ports/waiting-line-store';
import { agentId, roomsOf } from '../domain/agents/agent-ref';
import { drawSeed } from '../domain/learning/explore';
import { termSettingsOf } from '../domain/routing/attempt-terms';
import { assign } from '../domain/routing/assign';
import type { RoutingRequest } from '../domain/routing/assign';
import { grantPlaces } from '../domain/routing/fair-order';
import { canTake, hasStart } from '../domain/routing/ranking';
import type { GivenAttempts } from '../domain/routing/ranking';
import type { Roster, RosterEntry } from '../domain/routing/roster';
import type { RoutingRequirement } from '../domain/routing/routing-requirement';
import { admitGrants } from './admit-grants';
import { freePlaces } from '../domain/routing/score';
import { splitRunKey } from '../domain/session/run-key';
import { defaultSettings } from '../domain/routing/settings';
import type { RoutingSettings } from '../domain/routing/settings';
import type { WorkspaceSettings } from '../domain/settings/workspace-settings';

const nothingGiven: GivenAttempts = new Map();

/** Turns that one look gives out; what is left over is given out by the next. */
const maxGrants = 500;

export interface GrantedRoom {
  turns: GrantedTurn[];
  /** Somebody else was at it, or there is more to give out: to be looked at again. */
  again: boolean;
  /** Until an agent may start attempts again that others wait for; Infinity where there is none. */
  windowOpensInMs: number;
}

/** Gives the room of agents that have some to those in line who come first. */
export async function grantRoom(store: WaitingLineStore, directory: AgentDirectory): Promise<GrantedRoom> {
  const roster = await directory.roster();
  const granted = await store.alone((line) => grantInOrder(line, roster, directory));
  // Whoever holds the line may have looked before the news that woke us.
  return granted ?? { turns: [], again: true, windowOpensInMs: Infinity };
}

async function grantInOrder(
  line: WaitingLineTransaction,
  roster: Roster,
  directory: AgentDirectory,
): Promise<GrantedRoom> {
  const places = new Map<string, number>();
  const entries = new Map<string, RosterEntry>();
  const requirements = new Map<string, RoutingRequirement>();
  const inLine = await line.requirements();
  roster.passTime(line.now);
  let windowOpensAt = Infinity;
  const settings = await settingsOf(
    directory,
    inLine.map(({ workspace }) => workspace),
  );
  const routingFor = (workspace: string): RoutingSettings => settings.get(workspace)?.routing ?? defaultSettings;
  const maxLoadOf = (workspace: string): number => routingFor(workspace).maxLoad;
  const open = inLine.filter(({ workspace, key, requirement }) => {
    requirements.set(`${workspace}/${key}`, requirement);
    const pool = roster.candidatesFor(requirement, workspace);
    const maxLoad = maxLoadOf(workspace);
    const free = pool.filter(({ entry }) => canTake(entry, nothingGiven, maxLoad));
    for (const { entry } of pool) {
      if (!hasStart(entry, nothingGiven)) windowOpensAt = Math.min(windowOpensAt, entry.starts?.endsAt ?? Infinity);
    }
    free.forEach(({ entry }) => {
      const id = agentId(entry.profile);
      places.set(id, Math.max(places.get(id) ?? 0, placesOf(entry, maxLoad)));
      entries.set(id, entry);
    });
    return free.length > 0;
  });
  const windowOpensInMs = windowOpensAt - line.now;
  if (open.length === 0) return { turns: [], again: false, windowOpensInMs };
  const total = [...places.values()].reduce((sum, free) => sum + free, 0);
  const waiters = await line.waiters(open, Math.min(maxGrants, total));
  const requirementOf = ({ workspace, requirementKey }: { workspace: string; requirementKey: string }) =>
    requirements.get(`${workspace}/${requirementKey}`) as RoutingRequirement;
  const ordered = grantPlaces({
    waiters,
    shares: await line.shares([...new Set(waiters.map(({ workspace }) => workspace))]),
    freePlaces: places,
    keptFree: (workspace, agent) => {
      const entry = entries.get(agent);
      return entry ? (places.get(agent) ?? 0) - placesOf(entry, maxLoadOf(workspace)) : 0;
    },
    agentsFor: (waiter) =>
      roster.candidatesFor(requirementOf(waiter), waiter.workspace).map(({ entry }) => agentId(entry.profile)),
    nowMs: line.now,
  })
    .slice(0, maxGrants)
    .map(({ waiter }) => waiter as LineWaiter);
  const assignments = assign(
    roster,
    ordered.map((waiter) => ({
      workspace: waiter.workspace,
      requirement: requirementOf(waiter),
      settings: routingFor(waiter.workspace),
      seed: drawSeed(waiter),
      activity: activityOf(waiter, requirementOf(waiter)),
      ...termsOf(waiter, settings.get(waiter.workspace)),
    })),
  );
  const wanted = ordered.flatMap((waiter, at): FoundRoom[] => {
    const assignment = assignments[at];
    return assignment?.kind === 'assigned' ? [{ waiter, agent: assignment.agent, assignment }] : [];
  });
  const admitted = await admitGrants(line, roster, await lockable(line, roster, wanted));
  const turns = await line.grant(admitted);
  for (const { waiter, agent } of admitted) roster.passTurn(requirementOf(waiter), waiter.workspace, agent);
  return { turns, again: turns.length < wanted.length || wanted.length === maxGrants, windowOpensInMs };
}

/** Those who still wait, and whose agents really have the room. */
async function lockable(
  line: WaitingLineTransaction,
  roster: Roster,
  wanted: readonly FoundRoom[],
): Promise<FoundRoom[]> {
  const { waiting, rooms } = await line.lock(
    wanted.map(({ waiter }) => waiter),
    wanted.flatMap(({ agent }) => roomsOf(agent)),
  );
  const free = new Map<string, number>();
  for (const room of rooms) {
    roster.setRunning(room, room.running);
    free.set(agentId(room), room.free);
  }
  return wanted.filter(({ waiter, agent }) => {
    const rooms = roomsOf(agent).map(agentId);
    if (!waiting.has(waiterId(waiter)) || rooms.some((room) => (free.get(room) ?? 0) <= 0)) return false;
    for (const room of rooms) free.set(room, (free.get(room) ?? 0) - 1);
    return true;
  });
}

/** What its task's outcome will be learnt as. */
function activityOf({ run }: LineWaiter, { capability, taskType }: RoutingRequirement) {
  return { capability, taskType: taskType ?? splitRunKey(run).name };
}

function placesOf({ running, profile, host, starts }: RosterEntry, maxLoad: number): number {
  const free = freePlaces(running, profile.maxConcurrent, maxLoad);
  const ofHost = host ? host.maxConcurrent - host.running : Infinity;
  const inWindow = starts && profile.rateLimit ? profile.rateLimit.starts - starts.used : Infinity;
  return Math.min(free, ofHost, inWindow);
}

/** Nothing of what joined the line before there were terms: plan and agent decide then. */
function termsOf(
  { reservation: { terms } }: LineWaiter,
  settings: WorkspaceSettings | undefined,
): Pick<RoutingRequest, 'terms' | 'termSettings'> {
  return terms && settings ? { terms, termSettings: termSettingsOf(settings) } : {};
}

async function settingsOf(
  directory: AgentDirectory,
  workspaces: readonly string[],
): Promise<Map<string, WorkspaceSettings>> {
  const distinct = [...new Set(workspaces)];
  const found = await Promise.all(
    distinct.map(async (workspace): Promise<[string, WorkspaceSettings]> => [
      workspace,
      await directory.settings(workspace),
    ]),
  );
  return new Map(found);
}
