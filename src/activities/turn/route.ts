import { createHash } from 'node:crypto';
import type { AgentDirectory } from '../../contracts/ports/agent-directory';
import type { AgentRoom, LineRequirement } from '../../contracts/ports/turn-store';
import { isRemoteConnector } from '../../domain/agents/agent';
import type { AgentKey, CostRates } from '../../domain/agents/agent';
import { agentId, roomsOf } from '../../domain/agents/agent-ref';
import type { AccountLimit } from '../../domain/budget/accounts';
import { canonicalJson } from '../../domain/canonical-json';
import type { AgentChoice, Task } from '../../domain/plan/plan';
import { drawSeed } from '../../domain/learning/explore';
import { kindOfTask } from '../../domain/learning/task-kind';
import { choose } from '../../domain/routing/assign';
import type { Choice, RoutingRequest } from '../../domain/routing/assign';
import { leaseTerms, termSettingsOf } from '../../domain/routing/attempt-terms';
import type { LeaseTerms } from '../../domain/routing/attempt-terms';
import { startLimitOf } from '../../domain/routing/agent-profile';
import { hasCandidate } from '../../domain/routing/has-candidate';
import { withPreferred } from '../../domain/routing/preferred-agents';
import { itsTurn } from '../../domain/routing/plain-words';
import type { Roster } from '../../domain/routing/roster';
import { routingRequirement } from '../../domain/routing/routing-requirement';
import type { RoutingRequirement } from '../../domain/routing/routing-requirement';
import {
  registeredAgentsOf,
  registeredAgentsOfSiblings,
  registeredAgentThatLost,
  registeredGiversTo,
} from '../../domain/session/choose-agent';
import { policyOf, taskAt } from '../../domain/session/outline';
import type { Startable } from '../../domain/session/queue';
import { isRacer, mayBeLeftOut } from '../../domain/session/race';
import { remainingPathsMs } from '../../domain/session/remaining-path';
import { runKey } from '../../domain/session/run-key';
import { findRun } from '../../domain/session/state';
import { reservationOf, taskOf, termsOf } from './budget-scope';
import { RaceAgents } from './race-agents';
import type { TurnDraft } from './turn-draft';

/** Looks so often for an agent whose room is not taken by another session in the same moment. */
const rounds = 3;

const overtaken = 'an agent: those that had room were taken by others just now';

interface Seeker extends RoutingRequest {
  start: Startable;
  run: string;
}

export interface RoutedRun {
  agent: AgentKey;
  /** Unknown of an agent that was removed since it began. */
  rates: CostRates | undefined;
  /** Where so many of its attempts may start in a window: how many in this one. */
  startLimit: AccountLimit | undefined;
  /** It comes for its work. */
  isRemote: boolean;
  /** Of an attempt that was begun before, how often its run may be tried. */
  lease: LeaseTerms;
}

/** The agents of runs that the registry has agents for, by run key; the others have joined the line. */
export async function routeRuns(
  draft: TurnDraft,
  directory: AgentDirectory,
  starts: readonly Startable[],
): Promise<Map<string, RoutedRun>> {
  if (starts.length === 0) return new Map();
  const { workspace, id: session } = draft.turn.session;
  const settings = await directory.settings(workspace);
  const termSettings = termSettingsOf(settings);
  const runs = starts.map((start) => ({ start, run: runKey(draft.loaded.index, start) }));
  const reading = Promise.all([
    draft.turn.begunAttempts(runs.map(({ run, start }) => ({ run, attempt: start.attempt }))),
    directory.roster(),
    draft.requirementsInLine(),
  ]);
  // Made ready while the database is at it.
  const seekers = runs.map(({ start, run }): Seeker => {
    const task = taskOf(draft, start);
    const activity = kindOfTask(taskAt(draft.loaded.index, start.task).name, task);
    return {
      start,
      run,
      workspace,
      settings: settings.routing,
      requirement: withPreferred(requirementOf(draft, start), termSettings.preferred, activity.taskType),
      terms: { inline: askedInline(task), ...termsOf(draft, start) },
      termSettings,
      seed: drawSeed({ workspace, session, run, attempt: start.attempt }),
      activity,
      ...(isRacer(draft.loaded.index, start) && { race: String(start.task) }),
    };
  });
  const [begun, roster, line] = await reading;
  const found = new Map(begun.map(({ run, agent }) => [run, agent]));
  const races = new RaceAgents();
  const leases = new Map<string, LeaseTerms>(
    begun.map(({ run, tries }) => [run, tries === undefined ? {} : { tries }]),
  );
  for (const seeker of seekers) {
    const agent = found.get(seeker.run);
    if (agent) races.note(seeker, agent);
  }
  roster.passTime(draft.turn.now);
  // The roster hears of it only once the turn is committed. Nobody is waited for: the turn has these rooms already.
  const freed = await draft.turn.lockRooms(draft.freed.flatMap(roomsOf), 'skip');
  for (const room of freed) roster.setRunning(room, room.running);
  const hasLine = overlapWith(roster, line);
  const waits = new Map<string, string>();
  const fresh = seekers.filter((seeker) => {
    if (found.has(seeker.run)) return false;
    const isUrgent = policyOf(draft.loaded.index, seeker.start.task).priority <= 1;
    if (isUrgent || !hasLine(seeker)) return true;
    waits.set(seeker.run, itsTurn);
    return false;
  });
  const assigned = await takeRooms(draft, roster, fresh, { waits, races });
  assigned.forEach((choice, { run, start, requirement }) => {
    if (choice.strategy === 'round_robin') roster.passTurn(requirement, workspace, choice.agent);
    found.set(run, choice.agent);
    const terms = leaseTerms(choice);
    leases.set(run, terms);
    if (choice.place?.inline) draft.inline.set(run, { ...choice.agent, ...terms });
    draft.assigned.push({ run, attempt: start.attempt, choice });
  });
  const open = seekers.filter(({ run }) => !found.has(run)).map((seeker) => races.apart(seeker));
  leaveOutRacers(draft, roster, open);
  lineUp(
    draft,
    // Without its last racer a race has failed, and others with it.
    open.filter(({ start }) => findRun(draft.state, start)?.status === 'queued'),
    waits,
  );
  return new Map(
    [...found].map(([run, agent]) => {
      const profile = roster.entry(agent)?.profile;
      const startLimit = profile && startLimitOf(profile, draft.turn.now);
      const isRemote = isRemoteConnector(profile?.connector ?? '');
      return [run, { agent, rates: profile?.cost, startLimit, isRemote, lease: leases.get(run) ?? {} }];
    }),
  );
}

/**
 * Chooses, and locks the rooms of the agents that were chosen: what routing knew of them may be a moment old. Who finds one full looks again;
 * later rounds wait for nobody, because rooms must be waited for in order only.
 */
async function takeRooms(
  draft: TurnDraft,
  roster: Roster,
  seekers: readonly Seeker[],
  { waits, races }: { waits: Map<string, string>; races: RaceAgents },
): Promise<Map<Seeker, Choice>> {
  const rooms = new Map<string, AgentRoom>();
  const assigned = new Map<Seeker, Choice>();
  let open = [...seekers];
  for (let round = 0; round < rounds && open.length > 0; round++) {
    const choices = choose(
      roster,
      open.map((seeker) => races.apart(seeker)),
    );
    const chosen = choices.flatMap((choice) => (choice.kind === 'chosen' ? [choice.agent] : []));
    const unknown = new Map(chosen.flatMap(roomsOf).map((room) => [agentId(room), room]));
    rooms.forEach((_, id) => unknown.delete(id));
    const others = round > 0 || draft.holdsRooms ? 'skip' : 'wait';
    for (const room of await draft.turn.lockRooms([...unknown.values()], others)) rooms.set(agentId(room), room);
    open = open.filter((seeker, at) => {
      const choice = choices[at];
      if (choice?.kind !== 'chosen') {
        if (choice) waits.set(seeker.run, choice.message);
        return false;
      }
      const taken = roomsOf(choice.agent).map((room) => rooms.get(agentId(room)));
      if (!taken.every((room) => room && room.free > 0)) return true;
      for (const room of taken) if (room) room.free -= 1;
      assigned.set(seeker, choice);
      races.note(seeker, choice.agent);
      return false;
    });
    for (const room of rooms.values()) roster.setRunning(room, room.maxConcurrent - room.free);
  }
  // What is taken here is heard of when it is committed, and nobody may count on it before.
  for (const room of rooms.values()) roster.setRunning(room, room.running);
  return assigned;
}

/** Races go on without racers that there is no agent for; where others are only busy, they wait. */
function leaveOutRacers(draft: TurnDraft, roster: Roster, seekers: readonly Seeker[]): void {
  for (const { start, requirement, workspace } of seekers) {
    if (!mayBeLeftOut(draft.loaded.index, draft.state, start)) continue;
    if (!hasCandidate(roster, requirement, workspace)) draft.apply(['leave-out', start.task, start.item]);
  }
}

/** Lets a run that had an agent wait for one all the same. */
export function lineUpForAgent(draft: TurnDraft, start: Startable, waitsFor: string): void {
  const run = runKey(draft.loaded.index, start);
  lineUp(draft, [{ start, run, requirement: requirementOf(draft, start) }], new Map([[run, waitsFor]]));
}

function lineUp(
  draft: TurnDraft,
  seekers: readonly Pick<Seeker, 'start' | 'run' | 'requirement'>[],
  waits: ReadonlyMap<string, string>,
): void {
  if (seekers.length === 0) return;
  const { index } = draft.loaded;
  const remaining = remainingPathsMs(index, draft.state.expectedMs);
  for (const { start, run, requirement: asked } of seekers) {
    // Who waits for the same is one group, whoever made what each is given.
    const { givers: _, ...requirement } = asked;
    const queuedAt = findRun(draft.state, start)?.queuedAt ?? 0;
    draft.lineUp(start, {
      run,
      attempt: start.attempt,
      requirementKey: createHash('sha256')
        .update(canonicalJson({ ...requirement }))
        .digest('hex')
        .slice(0, 32),
      requirement,
      priority: policyOf(index, start.task).priority,
      remainingMs: remaining[start.task] ?? 0,
      since: draft.state.startedAt + queuedAt,
      waitsFor: waits.get(run) ?? overtaken,
      reservation: { ...reservationOf(draft, start), terms: termsOf(draft, start) },
    });
  }
}

/** Whether others are in line for an agent that the seeker could have. */
function overlapWith(roster: Roster, line: readonly LineRequirement[]): (seeker: Seeker) => boolean {
  if (line.length === 0) return () => false;
  const wanted = new Set(
    line.flatMap(({ workspace, requirement }) =>
      roster.candidatesFor(requirement, workspace).map(({ entry }) => entry),
    ),
  );
  return ({ requirement, workspace }) =>
    roster.candidatesFor(requirement, workspace).some(({ entry }) => wanted.has(entry));
}

/** With the agents in place of the earlier tasks that they did. */
function requirementOf(draft: TurnDraft, start: Startable): RoutingRequirement {
  const { loaded, state } = draft;
  const ofSiblings = registeredAgentsOfSiblings(loaded.index, state, start);
  const { sameAs, notSameAs } = taskAt(loaded.index, start.task);
  const choice = choiceOf(draft, start);
  const lostBy = registeredAgentThatLost(loaded.index, state, start);
  if ('name' in choice) return routingRequirement(choice, { lostBy });
  const taskType = taskOf(draft, start).type;
  return routingRequirement(choice, {
    ...(taskType !== undefined && { taskType }),
    sameAs: registeredAgentsOf(loaded.index, state, sameAs),
    exclude: [...registeredAgentsOf(loaded.index, state, notSameAs), ...ofSiblings],
    givers: registeredGiversTo(loaded.index, state, start.task),
    lostBy,
  });
}

function choiceOf(draft: TurnDraft, start: Startable): AgentChoice {
  const { fallback, work } = taskOf(draft, start);
  if (fallback !== undefined && findRun(draft.state, start)?.onFallback) return { name: fallback };
  if (work.kind !== 'agent') throw new RangeError(`task ${start.task} of plan ${draft.loaded.hash} is for no agent`);
  return work.agent;
}

/** What is left to evidence where the plan says nothing. */
function askedInline({ inline }: Task): { asked?: boolean } {
  return inline === undefined ? {} : { asked: inline };
}
