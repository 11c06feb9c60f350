import { DatabaseError } from 'pg';

/** A turn starts at most so many attempts (`maxStartsPerTurn`), and several turns are under way at once. */
const stockSize = 1_024;

/**
 * Numbers for leases that are fetched with turns before they are needed, so that no turn waits for those of its own: nobody else has them, and their
 * order means nothing. Those of a process that ends are never used.
 */
export class LeaseTokens {
  private readonly stock: number[] = [];

  /** How many the next turn should fetch. */
  get wanted(): number {
    return this.stock.length < stockSize / 2 ? stockSize : 0;
  }

  add(tokens: readonly number[]): void {
    for (const token of tokens) this.stock.push(token);
  }

  /** Throws OutOfTokens where there are not so many. */
  take(count: number): number[] {
    if (this.stock.length < count) throw new OutOfTokens(`${count} of ${this.stock.length}`);
    return this.stock.splice(-count, count);
  }
}

class OutOfTokens extends Error {}

/** Whether leases cannot be taken as those of new attempts are: one has a lease already, or other turns have used up the tokens. */
export function takesLeasesOneByOne(error: unknown): boolean {
  if (error instanceof OutOfTokens) return true;
  return error instanceof DatabaseError && error.code === '23505' && error.constraint === 'leases_pkey';
}

/** So many new ones, as JSON; null for none. */
export const tokensText = (count: string): string =>
  `(SELECT jsonb_agg(nextval('fencing_tokens')) FROM generate_series(1, ${count}::int))`;
