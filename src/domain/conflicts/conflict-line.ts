import { comparePositions } from '../line-position';
import type { LinePosition } from '../line-position';
import { splitRunKey } from '../session/run-key';
import type { Claim, Clash } from './claim';
import { clashOf } from './claim';

/** A run of some session of the workspace. */
export interface RunName {
  session: string;
  run: string;
}

/** A run that has what it needs, for as long as its attempt is in flight. */
export interface Holder extends RunName {
  claim: Claim;
}

/** A run that waits until nobody before it has what it needs. */
export interface Waiter extends RunName, LinePosition {
  claim: Claim;
  /** For a run of a child session: the runs that it works for, which have what they have for it as well. */
  worksFor: readonly RunName[];
}

/** Whom a run waits for, and over what. */
export interface Blocker extends RunName, Clash {
  /** Runs already; otherwise it waits as well, and comes first. */
  isRunning: boolean;
}

/** By priority and age, then by name, so that everybody sees the same order. */
export function compareWaiters(left: Waiter, right: Waiter): number {
  return comparePositions(left, right) || compareNames(left, right);
}

/**
 * Whom the run has to wait for: those who have what it needs, and those who come before it in the line; nobody: it may go. Those who wait for the
 * runs that it works for do not count: they go after those, and so after it.
 */
export function* blockersOf(
  waiter: Waiter,
  holders: readonly Holder[],
  line: readonly Waiter[],
): Generator<Blocker, void> {
  const isOwn = ownOf(waiter);
  for (const holder of holders) {
    const clash = isOwn(holder) ? undefined : clashOf(waiter.claim, holder.claim);
    if (clash) yield { session: holder.session, run: holder.run, ...clash, isRunning: true };
  }
  // One at a time: who asks for the first of thousands need not go through them all.
  const isBefore = (other: Waiter): boolean => !isOwn(other) && compareWaiters(other, waiter) < 0;
  const counted = waiter.worksFor.length === 0 ? line : notBehind(waiter.worksFor, holders, line.filter(isBefore));
  for (const other of counted) {
    const clash = clashOf(waiter.claim, other.claim);
    if (clash && isBefore(other)) yield { session: other.session, run: other.run, ...clash, isRunning: false };
  }
}

/** The first of them. */
export function blockerOf(waiter: Waiter, holders: readonly Holder[], line: readonly Waiter[]): Blocker | undefined {
  const [first] = blockersOf(waiter, holders, line);
  return first;
}

/** Those of the line who may go, in their order: nobody whom they would have to wait for is before them. */
export function freeWaiters<W extends Waiter>(holders: readonly Holder[], line: readonly W[]): W[] {
  const inOrder = [...line].sort(compareWaiters);
  return inOrder.filter((waiter, at) => !blockerOf(waiter, holders, inOrder.slice(0, at)));
}

/**
 * Whether the run would wait for ever: a run with a sub-plan does not end before those who work for it have ended, and those may wait for what
 * the run itself, or one that it works for, has.
 */
export function waitsForItself(waiter: Waiter, holders: readonly Holder[], line: readonly Waiter[]): boolean {
  if (waiter.worksFor.length === 0) return false;
  const all = [...line, waiter];
  const isOwn = ownOf(waiter);
  const seen = new Set<Waiter>();
  const open = [waiter];
  for (let one = open.pop(); one; one = open.pop()) {
    for (const blocker of blockersOf(one, holders, all)) {
      if (isOwn(blocker)) return true;
      for (const next of all) {
        if (seen.has(next) || !ownOf(next)(blocker)) continue;
        seen.add(next);
        open.push(next);
      }
    }
  }
  return false;
}

/** Leaves out those of the line who wait for one of these runs, be it through others. */
function notBehind(runs: readonly RunName[], holders: readonly Holder[], line: readonly Waiter[]): Waiter[] {
  const behind: (Holder | Waiter)[] = holders.filter(isOneOf(runs));
  return [...line].sort(compareWaiters).filter((waiter) => {
    const isOwn = ownOf(waiter);
    const isBehind = behind.some((other) => !isOwn(other) && clashOf(waiter.claim, other.claim));
    if (isBehind) behind.push(waiter);
    return !isBehind;
  });
}

/** Whether a run is the waiter, or one that it works for. */
function ownOf(waiter: Waiter): (one: RunName) => boolean {
  return isOneOf([waiter, ...waiter.worksFor]);
}

function isOneOf(runs: readonly RunName[]): (one: RunName) => boolean {
  return ({ session, run }) => runs.some((known) => known.run === run && known.session === session);
}

/** By session, then in the order of fan-outs. */
export function compareNames(left: RunName, right: RunName): number {
  const [one, other] = [splitRunKey(left.run), splitRunKey(right.run)];
  return compareText(left.session, right.session) || compareText(one.name, other.name) || one.item - other.item;
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
