/** What the database says of event numbers at some time. */
export interface NumbersSeen {
  /** The last number that was taken. */
  last: number;
  /** Transactions that may yet commit events with numbers up to `last`. */
  writers: readonly string[];
}

/**
 * Numbers are taken in one order and become visible in another: who goes by the last number that it has read loses what commits late. Up to
 * `upTo`, nothing more will come.
 */
export interface EventHorizon {
  upTo: number;
  /** Later horizons, each with the transactions that are still waited for. */
  pending: readonly NumbersSeen[];
}

export const noHorizon: EventHorizon = { upTo: 0, pending: [] };

/** More would only be waited for by a transaction that stays open; then the newest is replaced. */
const maxPending = 16;

/** The horizon after a look at the database. A transaction that is not at work any more has committed, or never will. */
export function advanceHorizon(horizon: EventHorizon, seen: NumbersSeen): EventHorizon {
  // A crash of the server takes back numbers that nothing committed had.
  const { upTo, pending } = seen.last < horizon.upTo ? noHorizon : horizon;
  const atWork = new Set(seen.writers);
  const kept = pending.length < maxPending ? pending : pending.slice(0, -1);
  const all = [...kept, seen].map(({ last, writers }) => ({
    last,
    writers: writers.filter((writer) => atWork.has(writer)),
  }));
  const settled = all.findLastIndex(({ writers }) => writers.length === 0);
  return settled === -1
    ? { upTo, pending: all }
    : { upTo: Math.max(upTo, all[settled]?.last ?? 0), pending: all.slice(settled + 1) };
}
