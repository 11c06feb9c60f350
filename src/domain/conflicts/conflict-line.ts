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
 * Whom the run has to wait for: those who have what it needs, and those who come before it in the line; nobody: it may go. Those who cannot go before it
 * has ended, or a run that it works for, do not count, whatever their priority: everybody would wait for ever.
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
  let behind: ReadonlySet<Waiter> | undefined;
  for (const other of line) {
    const clash = isOwn(other) ? undefined : clashOf(waiter.claim, other.claim);
    if (!clash || compareWaiters(other, waiter) > 0) continue;
    behind ??= whoWaitsFor(waiter, holders, line);
    if (!behind.has(other)) yield { session: other.session, run: other.run, ...clash, isRunning: false };
  }
}

/** The first of them. */
export function blockerOf(waiter: Waiter, holders: readonly Holder[], line: readonly Waiter[]): Blocker | undefined {
  const [first] = blockersOf(waiter, holders, line);
  return first;
}

/** Those of the line who may go together, in their order: nobody whom they would have to wait for is before them. */
export function freeWaiters<W extends Waiter>(holders: readonly Holder[], line: readonly W[]): W[] {
  const inOrder = [...line].sort(compareWaiters);
  const running: Holder[] = [...holders];
  return inOrder.filter((waiter) => {
    const isFree = !blockerOf(waiter, running, inOrder);
    if (isFree) running.push(waiter);
    return isFree;
  });
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

/**
 * Those of the line who cannot go before the run has ended, or one that it works for, be it through others: a run for which one of them works does not
 * end before that one either.
 */
function whoWaitsFor(waiter: Waiter, holders: readonly Holder[], line: readonly Waiter[]): ReadonlySet<Waiter> {
  const behind = new Set<Waiter>();
  // Without runs that work for others, nobody waits for a run that comes behind.
  if ([waiter, ...line].every(({ worksFor }) => worksFor.length === 0)) return behind;
  const isOwn = ownOf(waiter);
  const waiting = new Set<Holder>([waiter, ...line]);
  // Grows while it is walked.
  const unfinished = new Set<Holder>([waiter, ...holders.filter(isOneOf(waiter.worksFor))]);
  for (const one of unfinished) {
    for (const other of line) {
      if (behind.has(other) || isOwn(other) || ownOf(other)(one) || !clashOf(other.claim, one.claim)) continue;
      if (waiting.has(one) && compareWaiters(other, one as Waiter) < 0) continue;
      behind.add(other);
      for (const more of [other, ...holders.filter(isOneOf(other.worksFor))]) unfinished.add(more);
    }
  }
  return behind;
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
