import fc from 'fast-check';
import { accountAt, agentStartLimit, readRateAccount } from '../../../src/domain/budget/rate-accounts';
import { nextWindowAt, whoWakes } from '../../../src/domain/budget/who-wakes';
import { formatRateLimit, parseRateLimit } from '../../../src/domain/rate-limit';
import { limitsOfWorkspace } from '../../../src/domain/budget/accounts';

test.each([
  ['100/1m', { starts: 100, windowMs: 60_000 }],
  ['5000/1d', { starts: 5_000, windowMs: 86_400_000 }],
  ['1/1s', { starts: 1, windowMs: 1_000 }],
  ['1000000/31d', { starts: 1_000_000, windowMs: 31 * 86_400_000 }],
])('%s is a limit', (text, limit) => {
  expect(parseRateLimit(text)).toEqual(limit);
});

test.each([
  '0/1m',
  'x/1m',
  '5/0s',
  '5/400d',
  '5/999ms',
  '1000001/1m',
  '-1/1m',
  '1.5/1m',
  '5/',
  '/1m',
  '5',
  '5/1m/1s',
  '',
])('"%s" is none', (text) => expect(parseRateLimit(text)).toBeUndefined());

test('limits that are the same have one text', () => {
  const texts = ['60/60s', '60/1m', '60/60000ms'].map((text) => parseRateLimit(text));
  expect(texts.map((limit) => limit && formatRateLimit(limit))).toEqual(['60/1m', '60/1m', '60/1m']);
});

const noon = Date.parse('2026-11-22T12:34:56.789Z');

describe('the account of a window', () => {
  test('is named by when it ends, and by its agent on whatever host', () => {
    const [own] = limitsOfWorkspace([{ period: 'rate/1m', unit: 'attempts', limit: 5 }], noon);
    expect(own?.account).toBe('workspace/rate/1m/2026-11-22T12:35:00.000Z');
    const ofAgent = (name: string) =>
      agentStartLimit({ workspace: 'acme', name }, { starts: 5, windowMs: 86_400_000 }, noon).account;
    expect([ofAgent('ada'), ofAgent('ada@attic')]).toEqual(
      Array.from({ length: 2 }, () => 'agent/acme/ada/rate/1d/2026-11-23T00:00:00.000Z'),
    );
  });

  test('is one of starts, and follows the time, which the others do not', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_000, max: 31 * 86_400_000 }), fc.nat(4_000_000_000_000), (windowMs, now) => {
        const { account } = agentStartLimit({ workspace: 'w', name: 'a' }, { starts: 1, windowMs }, now);
        const { endsAt = 0 } = readRateAccount(account) ?? {};
        expect(endsAt - now).toBeGreaterThan(0);
        expect(endsAt - now).toBeLessThanOrEqual(windowMs);
        expect(accountAt(account, endsAt - 1)).toBe(account);
        expect(accountAt(account, endsAt)).not.toBe(account);
      }),
    );
    for (const account of ['workspace/now', 'workspace/day/2026-11-22', 'session/rate', 'task/s/rate/1m/x']) {
      expect([readRateAccount(account), accountAt(account, noon)]).toEqual([undefined, account]);
    }
  });
});

describe('who waits for starts', () => {
  const limit = { account: 'workspace/rate/1m/2026-11-22T12:35:00.000Z', unit: 'attempts' as const, limit: 2 };
  const waiter = (name: string) => ({ name, wants: [{ ...limit, wanted: 1 }], answer: null });
  const waiters = ['a', 'b', 'c'].map(waiter);
  const usedUp = { ...limit, reserved: 1, kept: 0, spent: 1 };

  test('waits until the window ends, and is told when that is', () => {
    expect(whoWakes(waiters, [usedUp], noon)).toEqual([]);
    expect(nextWindowAt([usedUp])).toBe(Date.parse('2026-11-22T12:35:00Z'));
    expect(nextWindowAt([{ ...usedUp, spent: 0 }])).toBe(Infinity);
  });

  test('goes on as far as the next window has starts', () => {
    const next = { ...usedUp, account: 'workspace/rate/1m/2026-11-22T12:36:00.000Z', reserved: 0, spent: 0 };
    const told = whoWakes(waiters, [next], noon + 60_000);
    expect(told.map(({ name }) => name)).toEqual(['a', 'b']);
  });
});
