import { seenFrom, takesWork } from './agent-profile';
import { tieOf } from './evaluate';
import { IndexedHeap } from './indexed-heap';
import { smoothedSuccessRate } from '../learning/measured';
import type { CandidatePool, PoolMember, Roster, RosterEntry } from './roster';
import { hasPlace, loadOf, scoreOf } from './score';
import type { Room, Starts } from './agent-profile';
import type { RoutingSettings } from './settings';
import { strategyOf } from './strategies';
import type { Strategy, Turn } from './strategies';

/** What a batch has given to agents, and so to the rooms of hosts and to what they start in a window, so far. The roster itself does not change. */
export type GivenAttempts = Map<RosterEntry | Room | Starts, number>;

/** By whom a pool is asked, and for what. */
export interface AskedFor {
  workspace: string;
  capability?: string | undefined;
}

/**
 * The members of a pool that have room, best first, by what is known of them in the capability. Scored once and kept from batch to batch: each batch looks again at those that have changed.
 * Attempts that are given in a batch make an agent only worse, so what the heap says of one is at best too good: the first is looked at again before
 * it is believed.
 */
export class Ranking {
  private readonly orders: Float64Array;
  private readonly scores: Float64Array;
  private readonly given: Int32Array;
  private readonly ties: Float64Array;
  private readonly heap: IndexedHeap;
  private readonly strategy: Strategy;
  private readonly turn: Turn;
  private readonly positions: Map<RosterEntry, number>;
  /** How far the changes of the roster are taken in. */
  private mark: number;
  /** Positions whose members were given something, or had no room, in the batch: the next one looks at them again. */
  private again: number[] = [];

  constructor(
    private readonly pool: CandidatePool,
    readonly settings: RoutingSettings,
    readonly asked: AskedFor,
    private readonly roster: Roster,
    private givenInBatch: GivenAttempts,
  ) {
    this.strategy = strategyOf(settings.strategy);
    this.turn = { members: pool.length, counter: settings.counter };
    this.orders = new Float64Array(pool.length);
    this.scores = new Float64Array(pool.length);
    this.given = new Int32Array(pool.length);
    this.ties = new Float64Array(pool.length);
    this.heap = new IndexedHeap(pool.length, (left, right) => this.isBetter(left, right));
    this.positions = new Map(pool.map(({ entry }, position) => [entry, position]));
    this.mark = roster.changes.mark;
    pool.forEach(({ entry }, position) => {
      if (settings.seed !== '') this.ties[position] = tieOf(settings.seed, entry.hash);
      this.refresh(position);
    });
  }

  /** Takes in what has changed since the batch before; false where too much has, so that a new ranking is as good. */
  begin(given: GivenAttempts): boolean {
    const changed = this.roster.changes.since(this.mark);
    if (!changed || changed.size > this.pool.length) return false;
    this.givenInBatch = given;
    this.mark = this.roster.changes.mark;
    const again = new Set(this.again);
    this.again = [];
    for (const entry of changed) {
      const position = this.positions.get(entry);
      if (position !== undefined) again.add(position);
    }
    for (const position of again) this.refresh(position);
    return true;
  }

  /** Positions of the best members with room that are not passed over, at most `count`. */
  best(count: number, isPassedOver: (entry: RosterEntry) => boolean): number[] {
    const best: number[] = [];
    const taken: number[] = [];
    while (best.length < count) {
      const position = this.heap.first;
      const member = position === undefined ? undefined : this.pool[position];
      if (position === undefined || !member) break;
      const given = this.givenInBatch.get(member.entry) ?? 0;
      if (!hasRoomFor(member.entry, given, this.givenInBatch, this.settings.maxLoad)) {
        this.heap.pop();
        this.again.push(position);
      } else if (this.given[position] !== given) {
        this.look(member, position, given);
        this.heap.put(position);
        this.again.push(position);
      } else {
        this.heap.pop();
        taken.push(position);
        if (!isPassedOver(member.entry)) best.push(position);
      }
    }
    taken.forEach((position) => this.heap.put(position));
    return best;
  }

  private refresh(position: number): void {
    const member = this.pool[position];
    if (!member) return;
    const { profile, running } = member.entry;
    const given = this.givenInBatch.get(member.entry) ?? 0;
    // What it shares with others may have room again without a change of its own: that is looked at when it is the first.
    const hasRoom = takesWork(profile) && hasPlace(running + given, profile.maxConcurrent, this.settings.maxLoad);
    if (given > 0) this.again.push(position);
    if (!hasRoom) return this.heap.remove(position);
    this.look(member, position, given);
    this.heap.put(position);
  }

  private look({ entry, specialisation }: PoolMember, position: number, given: number): void {
    const { weights, prior } = this.settings;
    const { workspace, capability } = this.asked;
    const seen = seenFrom(entry.profile, workspace);
    const { cost, maxConcurrent, modelCosts } = seen;
    const belief = this.roster.believed(workspace, seen, { capability }, prior);
    const successRate = smoothedSuccessRate(belief.record, belief.prior);
    const load = loadOf(entry.running + given, maxConcurrent);
    this.given[position] = given;
    this.scores[position] = scoreOf({ specialisation, successRate, load }, weights);
    this.orders[position] = this.strategy(
      { cost, ...belief, ...(modelCosts && { modelCosts }), given, position },
      this.turn,
    );
  }

  private isBetter(left: number, right: number): boolean {
    const { orders, scores, ties } = this;
    if (orders[left] !== orders[right]) return at(orders, left) < at(orders, right);
    if (scores[left] !== scores[right]) return at(scores, left) > at(scores, right);
    return ties[left] === ties[right] ? left < right : at(ties, left) < at(ties, right);
  }
}

export function canTake(entry: RosterEntry, given: GivenAttempts, maxLoad: number): boolean {
  return hasRoomFor(entry, given.get(entry) ?? 0, given, maxLoad);
}

/** For thousands of agents a turn, of which `given` is known already. */
function hasRoomFor(entry: RosterEntry, given: number, givenInBatch: GivenAttempts, maxLoad: number): boolean {
  const { profile, running } = entry;
  return (
    takesWork(profile) &&
    hasPlace(running + given, profile.maxConcurrent, maxLoad) &&
    hasHostPlace(entry, givenInBatch) &&
    hasStart(entry, givenInBatch)
  );
}

/** Whether its host, if it lives on one, has room for one attempt more. */
export function hasHostPlace({ host }: RosterEntry, given: GivenAttempts): boolean {
  return !host || host.running + (given.get(host) ?? 0) < host.maxConcurrent;
}

/** Whether it may start one attempt more in the window that is open. */
export function hasStart({ starts, profile }: RosterEntry, given: GivenAttempts): boolean {
  return !starts || starts.used + (given.get(starts) ?? 0) < (profile.rateLimit?.starts ?? Infinity);
}

export function give(entry: RosterEntry, given: GivenAttempts): void {
  for (const part of [entry, entry.host, entry.starts]) if (part) given.set(part, (given.get(part) ?? 0) + 1);
}

function at(numbers: Float64Array, position: number): number {
  return numbers[position] as number;
}
