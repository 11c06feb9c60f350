import { priorityAgeMs } from '../line-position';
import { Heap } from './heap';
import { aged, compareAge, compareText, goesBefore } from './line-order';
import type { AgedWaiter, Waiter } from './line-order';

/** What a workspace has of the common agents. */
export interface Share {
  /** How much it may have in proportion to the others; 1 unless said otherwise. */
  weight: number;
  /** Its attempts in flight. */
  running: number;
  /** Milliseconds since 1970; 0 where it was never granted anything. */
  lastGrantedAt: number;
}

export interface WaitingLine {
  waiters: readonly Waiter[];
  /** By workspace; one that is absent has weight 1 and nothing. */
  shares: ReadonlyMap<string, Share>;
  /** Places that are free, by agent. */
  freePlaces: ReadonlyMap<string, number>;
  /** How many of them a workspace has to leave free; none unless said otherwise. */
  keptFree?: (workspace: string, agent: string) => number;
  /** The agents that can serve a waiter, best first. Asked once for each workspace and requirement. */
  agentsFor: (waiter: Waiter) => readonly string[];
  nowMs: number;
  /** How long a waiter waits for one more priority, 5 minutes unless said otherwise; where it is not positive, nobody ages. */
  ageMs?: number;
}

export interface Grant {
  waiter: Waiter;
  agent: string;
}

/** Weights below are taken for this: what has hardly any share goes last, but it goes. */
const smallestWeight = 1e-6;

/**
 * Who gets the free places, in order. Priority 1 goes first, the oldest before others. Then, place by place, the workspace that has the least
 * for its weight gives its first waiter that an agent with room can serve; one without such an agent holds up nobody.
 */
export function grantPlaces(line: WaitingLine): Grant[] {
  const room = roomOf(line);
  const lines = workspaceLines(line);
  const urgent = line.waiters.filter(({ priority }) => priority <= 1).sort(compareAge);
  const grants: Grant[] = [];
  const grant = (waiter: Waiter, agent: string): void => {
    grants.push({ waiter, agent });
    const own = lines.get(waiter.workspace);
    if (!own) return;
    own.running++;
    own.grantedHere = grants.length;
  };

  for (const waiter of urgent) {
    const agent = room.take(waiter);
    if (agent !== undefined) grant(waiter, agent);
  }
  const open = new Set(lines.values());
  while (room.isLeft()) {
    const next = leastServed(open);
    if (!next) break;
    const found = takeFirst(room, next);
    if (found) grant(found.waiter, found.agent);
    else open.delete(next);
  }
  return grants;
}

interface WorkspaceLine extends Share {
  workspace: string;
  /** Priority 2 and less urgent. Who has been turned away once is gone: within one call room only shrinks. */
  waiters: Heap<AgedWaiter>;
  /** Number of the last grant in this call; 0 before the first. */
  grantedHere: number;
}

function workspaceLines({ waiters, shares, nowMs, ageMs = priorityAgeMs }: WaitingLine): Map<string, WorkspaceLine> {
  const waiting = new Map<string, AgedWaiter[]>();
  for (const waiter of waiters) {
    const own = waiting.get(waiter.workspace) ?? [];
    waiting.set(waiter.workspace, own);
    if (waiter.priority > 1) own.push(aged(waiter, nowMs, ageMs));
  }
  return new Map(
    [...waiting].map(([workspace, own]) => {
      const share = shares.get(workspace) ?? { weight: 1, running: 0, lastGrantedAt: 0 };
      return [workspace, { ...share, workspace, waiters: new Heap(own, goesBefore), grantedHere: 0 }];
    }),
  );
}

function takeFirst(room: Room, { waiters }: WorkspaceLine): Grant | undefined {
  for (let next = waiters.pop(); next; next = waiters.pop()) {
    const agent = room.take(next.waiter);
    if (agent !== undefined) return { waiter: next.waiter, agent };
  }
  return undefined;
}

function leastServed(lines: ReadonlySet<WorkspaceLine>): WorkspaceLine | undefined {
  let least: WorkspaceLine | undefined;
  for (const line of lines) if (!least || compareServed(line, least) < 0) least = line;
  return least;
}

function compareServed(left: WorkspaceLine, right: WorkspaceLine): number {
  return (
    left.running / Math.max(smallestWeight, left.weight) - right.running / Math.max(smallestWeight, right.weight) ||
    left.grantedHere - right.grantedHere ||
    left.lastGrantedAt - right.lastGrantedAt ||
    compareText(left.workspace, right.workspace)
  );
}

interface Room {
  isLeft(): boolean;
  /** Takes a place for the waiter; undefined where no agent that can serve it has one. */
  take(waiter: Waiter): string | undefined;
}

function roomOf({ freePlaces, agentsFor, keptFree = () => 0 }: WaitingLine): Room {
  const free = new Map([...freePlaces].filter(([, places]) => places >= 1));
  const candidates = new Map<string, { agents: readonly string[]; next: number }>();
  return {
    isLeft: () => free.size > 0,
    take: (waiter) => {
      const key = JSON.stringify([waiter.workspace, waiter.requirementKey]);
      const known = candidates.get(key) ?? { agents: agentsFor(waiter), next: 0 };
      candidates.set(key, known);
      for (let agent = known.agents[known.next]; agent !== undefined; agent = known.agents[++known.next]) {
        const places = free.get(agent) ?? 0;
        if (places < 1 + keptFree(waiter.workspace, agent)) continue;
        if (places >= 2) free.set(agent, places - 1);
        else free.delete(agent);
        return agent;
      }
      return undefined;
    },
  };
}
