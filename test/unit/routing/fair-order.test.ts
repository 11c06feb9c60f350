import fc from 'fast-check';
import { priorityAgeMs } from '../../../src/domain/line-position';
import { grantPlaces } from '../../../src/domain/routing/fair-order';
import type { Grant, Share, WaitingLine } from '../../../src/domain/routing/fair-order';
import { agedPriority } from '../../../src/domain/routing/line-order';
import type { Waiter } from '../../../src/domain/routing/line-order';

const nowMs = 100 * priorityAgeMs;

function waiter(run: string, given: Partial<Waiter> = {}): Waiter {
  const rest = {
    workspace: 'w',
    session: 's',
    priority: 3,
    waitingSinceMs: nowMs,
    remainingMs: 1,
    requirementKey: 'any',
  };
  return { ...rest, run, ...given };
}

function grantsOf(waiters: Waiter[], line: Partial<WaitingLine> = {}): Grant[] {
  const room = { shares: new Map(), freePlaces: new Map([['agent', 100]]), agentsFor: () => ['agent'] };
  return grantPlaces({ ...room, nowMs, waiters, ...line });
}

const order = (grants: Grant[]): string[] => grants.map(({ waiter: { run } }) => run);

describe('inside a workspace', () => {
  test('the more urgent goes first, then the longer path, then the older, then the key', () => {
    const line = [
      waiter('late'),
      waiter('early', { waitingSinceMs: nowMs - 10 }),
      waiter('long', { remainingMs: 50 }),
      waiter('urgent', { priority: 2 }),
      waiter('also late'),
    ];
    expect(order(grantsOf(line))).toEqual(['urgent', 'long', 'early', 'also late', 'late']);
  });

  test('each full five minutes of waiting raise the priority by one, to 2 and no further', () => {
    const aged = (priority: number, waits: number) =>
      agedPriority(waiter('a', { priority, waitingSinceMs: nowMs - waits * priorityAgeMs }), nowMs, priorityAgeMs);
    expect([aged(5, 0), aged(5, 0.99), aged(5, 1), aged(5, 3), aged(5, 60)]).toEqual([5, 5, 4, 2, 2]);
    expect([aged(1, 0), aged(2, 60), aged(3, -1)]).toEqual([1, 2, 3]);
  });

  test('of those that have come to 2, a longer wait counts before a longer path', () => {
    const line = [
      waiter('long', { priority: 2, remainingMs: 1_000 }),
      waiter('waited', { priority: 5, waitingSinceMs: nowMs - 4 * priorityAgeMs }),
    ];
    expect(order(grantsOf(line))).toEqual(['waited', 'long']);
  });

  test('nobody is as urgent as priority 1, however long he waited', () => {
    const line = [waiter('old', { waitingSinceMs: 0, priority: 2 }), waiter('now', { priority: 1 })];
    expect(order(grantsOf(line))).toEqual(['now', 'old']);
  });
});

describe('between workspaces', () => {
  const two = ['a1', 'a2', 'a3', 'b1', 'b2', 'b3'].map((run) => waiter(run, { workspace: run.charAt(0) }));
  const share = (running: number, weight = 1, lastGrantedAt = 0): Share => ({ running, weight, lastGrantedAt });

  test('places go round', () => {
    expect(order(grantsOf(two))).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', 'b3']);
  });

  test('who has the least for its weight comes first', () => {
    expect(order(grantsOf(two, { shares: new Map([['a', share(2)]]) }))).toEqual(['b1', 'b2', 'a1', 'b3', 'a2', 'a3']);
    const weighted = new Map([['b', share(0, 2)]]);
    expect(order(grantsOf(two, { shares: weighted }))).toEqual(['a1', 'b1', 'b2', 'a2', 'b3', 'a3']);
  });

  test('of equals, the one that was granted something longest ago', () => {
    const shares = new Map([
      ['a', share(0, 1, 20)],
      ['b', share(0, 1, 10)],
    ]);
    expect(order(grantsOf(two, { shares })).slice(0, 2)).toEqual(['b1', 'a1']);
  });

  test('priority 1 goes before all shares, and counts in them', () => {
    const urgent = [1, 2].map((at) => waiter(`now${at}`, { workspace: 'a', priority: 1 }));
    expect(order(grantsOf([...two, ...urgent]))).toEqual(['now1', 'now2', 'b1', 'b2', 'a1', 'b3', 'a2', 'a3']);
  });
});

test('a waiter whose agents are full holds up nobody, and takes the next best agent with room', () => {
  const agentsFor = ({ requirementKey }: Waiter): string[] =>
    requirementKey === 'rare' ? ['full'] : ['full', 'small', 'agent'];
  const freePlaces = new Map([
    ['full', 0],
    ['small', 1],
    ['agent', 5],
  ]);
  const line = [waiter('a', { requirementKey: 'rare', priority: 1 }), waiter('b', { remainingMs: 9 }), waiter('c')];
  const grants = grantsOf(line, { agentsFor, freePlaces });
  expect(grants.map(({ waiter: { run }, agent }) => `${run}: ${agent}`)).toEqual(['b: small', 'c: agent']);
});

const arbitraryLine = fc
  .record({
    waiters: fc.uniqueArray(
      fc.record({
        workspace: fc.constantFrom('a', 'b', 'c'),
        session: fc.constantFrom('s', 't'),
        run: fc.nat(30).map(String),
        priority: fc.integer({ min: 1, max: 5 }),
        waitingSinceMs: fc.integer({ min: 0, max: 8 }).map((ages) => nowMs - ages * priorityAgeMs),
        remainingMs: fc.nat(3),
        requirementKey: fc.constantFrom('x', 'y', 'z'),
      }),
      { selector: ({ workspace, session, run }) => JSON.stringify([workspace, session, run]), maxLength: 40 },
    ),
    shares: fc.dictionary(
      fc.constantFrom('a', 'b', 'c'),
      fc.record({ weight: fc.constantFrom(0, 1, 2, 5), running: fc.nat(5), lastGrantedAt: fc.nat(3) }),
    ),
    free: fc.record({ p: fc.nat(5), q: fc.nat(5), r: fc.nat(5) }),
  })
  .map(({ waiters, shares, free }): WaitingLine => ({
    waiters,
    shares: new Map(Object.entries(shares)),
    freePlaces: new Map(Object.entries(free)),
    agentsFor: ({ requirementKey }) => ({ x: ['p'], y: ['q', 'p'], z: ['r', 'q'] })[requirementKey] ?? [],
    nowMs,
  }));

describe('any line', () => {
  test('gets no more than the room there is, each waiter once, and leaves no place that somebody could use', () => {
    fc.assert(
      fc.property(arbitraryLine, (line) => {
        const grants = grantPlaces(line);
        const left = new Map(line.freePlaces);
        for (const { waiter: granted, agent } of grants) {
          expect(line.agentsFor(granted)).toContain(agent);
          left.set(agent, (left.get(agent) ?? 0) - 1);
        }
        expect(Math.min(...left.values())).toBeGreaterThanOrEqual(0);
        const served = new Set(grants.map((grant) => grant.waiter));
        expect(served.size).toBe(grants.length);
        const couldGo = line.waiters.filter(
          (one) => !served.has(one) && line.agentsFor(one).some((agent) => (left.get(agent) ?? 0) > 0),
        );
        expect(couldGo).toEqual([]);
      }),
    );
  });

  test('is served the same in whatever order it is given', () => {
    const shuffled = arbitraryLine.chain((line) =>
      fc
        .shuffledSubarray([...line.waiters], { minLength: line.waiters.length })
        .map((waiters): [WaitingLine, WaitingLine] => [line, { ...line, waiters }]),
    );
    fc.assert(fc.property(shuffled, ([line, other]) => expect(grantPlaces(other)).toEqual(grantPlaces(line))));
  });
});

test('a workspace leaves the places free that it has to, and others get them', () => {
  const line = ['careful', 'other'].flatMap((workspace) =>
    [1, 2, 3].map((at) =>
      waiter(`${workspace}-${at}`, { workspace, waitingSinceMs: nowMs - (workspace === 'careful' ? 1 : 0) }),
    ),
  );
  const room = {
    freePlaces: new Map([['agent', 4]]),
    keptFree: (workspace: string) => (workspace === 'careful' ? 3 : 0),
  };
  expect(order(grantsOf(line, room)).sort()).toEqual(['careful-1', 'other-1', 'other-2', 'other-3']);
});
