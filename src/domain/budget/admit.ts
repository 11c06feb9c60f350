import { isForNow, isWaitedForInLine, usedOf } from './accounts';
import type { AccountLimit, Balance } from './accounts';
import type { Amounts, BudgetUnit } from './amounts';

/** What an attempt wants to reserve. */
export interface ReservationRequest {
  /** With whose accounts they are, where there are those of several workspaces. */
  limits: readonly (AccountLimit & { workspace?: string })[];
  /** The worst case. */
  amounts: Amounts;
  /** How many wait for the workspace and come before it: what they will take counts as taken. */
  ahead?: number;
}

/** A limit that has no room for a reservation. */
export interface Shortage extends Balance {
  /** Undefined where nobody knows what the attempt may use. */
  wanted: number | undefined;
  /** Of what is short because they come first: those. */
  ahead?: number;
}

export type Admission =
  | { kind: 'fits' }
  /** There may be room once attempts in flight have used less than they reserved. */
  | { kind: 'waits'; shortages: Shortage[] }
  /** There is no room, whatever becomes of the attempts in flight. */
  | { kind: 'over'; shortages: Shortage[] };

/** Decides request by request, in order, which reservations fit all of their accounts together with those that fitted before. */
export class Admissions {
  private readonly byKey = new Map<string, Balance>();

  constructor(balances: readonly (Balance & { workspace?: string })[]) {
    for (const balance of balances) this.byKey.set(keyOf(balance), { ...balance });
  }

  /** Reserves where there is room. */
  admit(request: ReservationRequest): Admission {
    const admission = this.look(request);
    if (admission.kind === 'fits') this.reserve(request);
    return admission;
  }

  look({ limits, amounts, ahead = 0 }: ReservationRequest): Admission {
    const shortages = limits.flatMap((limit): Shortage[] => {
      const balance = this.balance(limit);
      const wanted = amounts[limit.unit];
      const before = isWaitedForInLine(limit.account) ? ahead : 0;
      const left = limit.limit - usedOf(balance) - balance.reserved;
      if (wanted !== undefined && wanted + before <= left) return [];
      return [{ ...balance, wanted, ...(left > 0 && before > 0 && { ahead: before }) }];
    });
    if (shortages.length === 0) return { kind: 'fits' };
    // Nobody is asked, and nothing fails, before the attempt could start at all.
    const forNow = shortages.filter(({ account }) => isForNow(account));
    if (forNow.length > 0) return { kind: 'waits', shortages: forNow };
    const mayFit = shortages.every(
      ({ wanted, limit, ...balance }) => wanted !== undefined && usedOf(balance) + wanted <= limit,
    );
    return { kind: mayFit ? 'waits' : 'over', shortages };
  }

  /** Reserves whether there is room or not: somebody has approved it. */
  reserve({ limits, amounts }: ReservationRequest): void {
    for (const limit of limits) this.balance(limit).reserved += amounts[limit.unit] ?? 0;
  }

  private balance(limit: AccountLimit & { workspace?: string }): Balance {
    const known = this.byKey.get(keyOf(limit));
    if (known) return Object.assign(known, { limit: limit.limit });
    const fresh = { ...limit, reserved: 0, kept: 0, spent: 0 };
    this.byKey.set(keyOf(limit), fresh);
    return fresh;
  }
}

function keyOf({ workspace = '', account, unit }: { workspace?: string; account: string; unit: BudgetUnit }): string {
  return `${workspace} ${account} ${unit}`;
}
