import { takesWork } from './agent-profile';
import { tieOf } from './evaluate';
import { Heap } from './heap';
import { smoothedSuccessRate } from './measured';
import type { CandidatePool, PoolMember, RosterEntry } from './roster';
import { hasPlace, loadOf, scoreOf } from './score';
import type { Room } from './agent-profile';
import type { RoutingSettings } from './settings';
import { strategyOf } from './strategies';
import type { Strategy, Turn } from './strategies';

/** What a batch has given to agents, and so to the rooms of hosts, so far. The roster itself does not change. */
export type GivenAttempts = Map<RosterEntry | Room, number>;

/**
 * The members of a pool that have room, best first, for all requests of a batch. All are scored once. Attempts that are given in the batch
 * make an agent only worse, so what the heap says of one is at best too good: the first is looked at again before it is believed.
 */
export class Ranking {
  private readonly orders: Float64Array;
  private readonly scores: Float64Array;
  private readonly given: Int32Array;
  private readonly ties: Float64Array;
  private readonly heap: Heap<number>;
  private readonly strategy: Strategy;
  private readonly turn: Turn;

  constructor(
    private readonly pool: CandidatePool,
    readonly settings: RoutingSettings,
    private readonly givenInBatch: GivenAttempts,
  ) {
    this.strategy = strategyOf(settings.strategy);
    this.turn = { members: pool.length, counter: settings.counter };
    this.orders = new Float64Array(pool.length);
    this.scores = new Float64Array(pool.length);
    this.given = new Int32Array(pool.length);
    this.ties = new Float64Array(pool.length);
    const open: number[] = [];
    pool.forEach((member, position) => {
      const given = givenInBatch.get(member.entry) ?? 0;
      if (!hasRoomFor(member.entry, given, givenInBatch, settings.maxLoad)) return;
      this.look(member, position, given);
      if (settings.seed !== '') this.ties[position] = tieOf(settings.seed, member.entry.hash);
      open.push(position);
    });
    this.heap = new Heap(open, (left, right) => this.isBetter(left, right));
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
      } else if (this.given[position] !== given) {
        this.look(member, position, given);
        this.heap.sinkFirst();
      } else {
        this.heap.pop();
        taken.push(position);
        if (!isPassedOver(member.entry)) best.push(position);
      }
    }
    taken.forEach((position) => this.heap.push(position));
    return best;
  }

  private look({ entry, specialisation }: PoolMember, position: number, given: number): void {
    const { weights, prior } = this.settings;
    const { cost, record, maxConcurrent } = entry.profile;
    const successRate = smoothedSuccessRate(record, prior);
    const load = loadOf(entry.running + given, maxConcurrent);
    this.given[position] = given;
    this.scores[position] = scoreOf({ specialisation, successRate, load }, weights);
    this.orders[position] = this.strategy({ cost, record, given, position }, this.turn);
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
    takesWork(profile) && hasPlace(running + given, profile.maxConcurrent, maxLoad) && hasHostPlace(entry, givenInBatch)
  );
}

/** Whether its host, if it lives on one, has room for one attempt more. */
export function hasHostPlace({ host }: RosterEntry, given: GivenAttempts): boolean {
  return !host || host.running + (given.get(host) ?? 0) < host.maxConcurrent;
}

export function give(entry: RosterEntry, given: GivenAttempts): void {
  for (const room of entry.host ? [entry, entry.host] : [entry]) given.set(room, (given.get(room) ?? 0) + 1);
}

function at(numbers: Float64Array, position: number): number {
  return numbers[position] as number;
}
