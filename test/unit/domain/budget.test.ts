import fc from 'fast-check';
import type { AccountLimit, Balance } from '../../../src/domain/budget/accounts';
import { accountNames, placesAccount } from '../../../src/domain/budget/accounts';
import { Admissions } from '../../../src/domain/budget/admit';
import { countAhead } from '../../../src/domain/budget/ahead';
import { formatMicros, microsOf, usdOf } from '../../../src/domain/budget/amounts';
import { waitWordsOf } from '../../../src/domain/budget/shortage-words';
import { parseLimits } from '../../../src/domain/budget/parse-limits';
import { whoWakes } from '../../../src/domain/budget/who-wakes';
import { worstCase } from '../../../src/domain/budget/worst-case';

const limit = (account: string, amount: number): AccountLimit => ({ account, unit: 'costMicros', limit: amount });

describe('room in the workspace', () => {
  const places = { account: placesAccount, unit: 'attempts' as const, limit: 2 };
  const inFlight = (reserved: number) => ({ ...places, reserved, kept: 40, spent: 900 });

  test('is of attempts in flight, whatever was used before', () => {
    const admissions = new Admissions([inFlight(1)]);
    const request = { limits: [places], amounts: { attempts: 1 } };
    expect([admissions.admit(request).kind, admissions.admit(request).kind]).toEqual(['fits', 'waits']);
  });

  test('is waited for before a budget is asked about', () => {
    const dear = { account: 'session/s', unit: 'costMicros' as const, limit: 5 };
    const request = { limits: [dear, places], amounts: { attempts: 1, costMicros: 9 } };
    const full = new Admissions([inFlight(2)]).admit(request);
    expect(full).toMatchObject({ kind: 'waits', shortages: [{ account: placesAccount }] });
    expect(full.kind === 'waits' && waitWordsOf(full.shortages)).toBe('room in the workspace: 2 of 2');
    expect(new Admissions([inFlight(1)]).admit(request)).toMatchObject({ kind: 'over' });
  });
});

describe('admission', () => {
  const accounts = ['session/a', 'session/b', 'workspace/day/2026-01-01'];
  const balance = fc.record({
    account: fc.constantFrom(...accounts),
    unit: fc.constant('costMicros' as const),
    limit: fc.nat(1_000),
    reserved: fc.nat(300),
    kept: fc.nat(300),
    spent: fc.nat(300),
  });
  const balances = fc.uniqueArray(balance, { selector: ({ account }) => account, minLength: 3 });
  const requests = fc.array(
    fc.record({
      accounts: fc.subarray(accounts, { minLength: 1 }),
      wanted: fc.option(fc.nat(400), { nil: undefined }),
    }),
    { maxLength: 20 },
  );

  it('never exceeds a limit, refuses only for a limit that lacks room, and lets wait only where there may be room', () => {
    fc.assert(
      fc.property(balances, requests, (before, wishes) => {
        const admissions = new Admissions(before);
        const now = new Map(before.map((one) => [one.account, { ...one }]));
        for (const { accounts: names, wanted } of wishes) {
          const own = names.map((name) => now.get(name) as Balance);
          const amounts = wanted === undefined ? {} : { costMicros: wanted };
          const admission = admissions.admit({ limits: own, amounts });
          const leaves = (count: (one: Balance) => number): boolean =>
            wanted !== undefined && own.every((one) => count(one) + wanted <= one.limit);
          const fits = leaves(({ reserved, kept, spent }) => reserved + kept + spent);
          expect(admission.kind === 'fits').toBe(fits);
          if (fits) own.forEach((one) => (one.reserved += wanted ?? 0));
          else {
            const short = own.filter(
              (one) => wanted === undefined || one.reserved + one.kept + one.spent + wanted > one.limit,
            );
            const mayFit = short.every(({ kept, spent, limit: most }) => kept + spent + (wanted ?? Infinity) <= most);
            expect(admission.kind).toBe(mayFit ? 'waits' : 'over');
          }
        }
      }),
    );
  });
});

describe('money', () => {
  it('is whole millionths of a dollar, and the same dollars again', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31), (micros) => {
        expect(microsOf(usdOf(micros))).toBe(micros);
        expect(Number(formatMicros(micros).slice(1))).toBe(usdOf(micros));
      }),
    );
    expect(microsOf(0.1) + microsOf(0.2)).toBe(microsOf(0.3));
    expect([0, 1, 100_000, 1_234_560].map(formatMicros)).toEqual(['$0.00', '$0.000001', '$0.10', '$1.23456']);
  });

  it('is reserved for what the task says, else for what its agent costs in the time it has', () => {
    const rates = { perAttemptUsd: 0.1, perHourUsd: 1 };
    expect(worstCase({ reserve: {}, timeoutMs: 1_800_000 }, rates)).toEqual({
      costMicros: 600_000,
      attempts: 1,
      timeMs: 1_800_000,
    });
    expect(worstCase({ reserve: { costMicros: 5, tokens: 7 }, timeoutMs: 1_000 }, rates)).toEqual({
      costMicros: 5,
      tokens: 7,
      attempts: 1,
      timeMs: 1_000,
    });
    expect(worstCase({ reserve: {}, timeoutMs: 1 }, { perAttemptUsd: 0, perHourUsd: 0.000001 })).toEqual({
      costMicros: 1,
      attempts: 1,
      timeMs: 1,
    });
  });

  it('is unknown, never zero, where a part of the price is missing', () => {
    expect(worstCase({ reserve: {}, timeoutMs: 1_000 }, { perAttemptUsd: 0.1 })).toEqual({
      attempts: 1,
      timeMs: 1_000,
    });
    expect(worstCase({ reserve: {}, timeoutMs: 1_000 }, undefined)).toEqual({ attempts: 1, timeMs: 1_000 });
  });
});

describe('limits on the command line', () => {
  it('are amounts with their units', () => {
    expect(parseLimits('10.5usd, 500tokens,3attempts,8h')).toEqual([
      { unit: 'costMicros', limit: 10_500_000 },
      { unit: 'tokens', limit: 500 },
      { unit: 'attempts', limit: 3 },
      { unit: 'timeMs', limit: 28_800_000 },
    ]);
    expect(parseLimits('none')).toEqual([]);
  });

  it.each([
    ['-5usd', 'must not be negative'],
    ['10', 'is no budget'],
    ['10eur', 'is no budget'],
    ['0.0000001usd', 'more than 6 digits'],
    ['1.5tokens', 'whole number'],
    ['1usd,2usd', 'the same twice'],
    ['10000000000usd', 'at most'],
  ])('are refused: %s', (text, message) => {
    expect(() => parseLimits(text)).toThrow(message);
  });
});

describe('waking', () => {
  const day = Date.UTC(2026, 0, 1);
  const today = accountNames.workspace('day', day);
  const wait = (wanted: number, answer: 'open' | 'approved' | null = null, account = today) => ({
    wants: [{ ...limit(account, 100), wanted }],
    answer,
  });
  const balance = (changes: Partial<Balance>): Balance[] => [
    { ...limit(today, 100), reserved: 0, kept: 0, spent: 0, ...changes },
  ];

  it('goes to those that fit with those before them, not to those that may fit later', () => {
    const [first, second, third] = [wait(40), wait(40), wait(20)];
    expect(whoWakes([first, second, third], balance({ reserved: 30 }), day)).toEqual([first, third]);
  });

  it('goes to those that never will, unless somebody is asked', () => {
    const [lost, asked, answered] = [wait(40), wait(40, 'open'), wait(40, 'approved')];
    expect(whoWakes([lost, asked, answered], balance({ spent: 90 }), day)).toEqual([lost, answered]);
  });

  it('goes to those that fit since a limit was raised or taken away, and since their day has passed', () => {
    const one = wait(40, 'open');
    expect(whoWakes([one], balance({ spent: 90, limit: 200 }), day)).toEqual([one]);
    expect(whoWakes([one], [], day)).toEqual([one]);
    expect(whoWakes([one], balance({ reserved: 90 }), day + 86_400_000)).toEqual([one]);
  });
});

describe('who comes before in the line for the workspace', () => {
  test('is more urgent, or as urgent and older', () => {
    const position = { priority: 3, since: 100 };
    const waiters = [
      { priority: 2, since: 500 },
      { priority: 3, since: 99 },
      { priority: 3, since: 100 },
      { priority: 4, since: 1 },
    ];
    expect(countAhead(waiters, position)).toBe(2);
  });

  test('counts as having what is left of it, and nothing else', () => {
    const places = { account: placesAccount, unit: 'attempts' as const, limit: 3 };
    const session = { account: 'session/s', unit: 'attempts' as const, limit: 1 };
    const request = { limits: [session, places], amounts: { attempts: 1 } };
    const balances = [{ ...places, reserved: 1, kept: 0, spent: 0 }];
    expect(new Admissions(balances).admit({ ...request, ahead: 1 }).kind).toBe('fits');
    const admission = new Admissions(balances).admit({ ...request, ahead: 2 });
    expect(admission.kind === 'waits' && waitWordsOf(admission.shortages)).toBe(
      'room in the workspace: 1 of 3, and 2 wait before it',
    );
  });
});
