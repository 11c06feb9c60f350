import fc from 'fast-check';
import { clashOf } from '../../../src/domain/conflicts/claim';
import type { Claim } from '../../../src/domain/conflicts/claim';
import { blockerOf, compareWaiters, freeWaiters, waitsForItself } from '../../../src/domain/conflicts/conflict-line';
import type { Holder, RunName, Waiter } from '../../../src/domain/conflicts/conflict-line';
import { blockerWords } from '../../../src/domain/conflicts/conflict-words';
import { readResource } from '../../../src/domain/conflicts/resource';
import type { Resource } from '../../../src/domain/conflicts/resource';

function resource(text: string): Resource {
  const found = readResource(text);
  if ('fault' in found) throw new Error(found.fault);
  return found;
}

const writes = (...texts: string[]): Claim => ({ writes: texts.map(resource), reads: [] });
const reads = (...texts: string[]): Claim => ({ writes: [], reads: texts.map(resource) });
const named = (name: string): RunName => ({ session: name.split('/')[0] ?? '', run: name.split('/')[1] ?? 'run' });
const holder = (name: string, claim: Claim): Holder => ({ ...named(name), claim });
const waiter = (name: string, claim: Claim, more: Partial<Waiter> = {}): Waiter => ({
  ...named(name),
  claim,
  priority: 3,
  since: 0,
  worksFor: [],
  ...more,
});

/** Whom the run waits for, in words. */
function waitOf(one: Waiter, holders: Holder[], line: Waiter[] = []): string {
  const blocker = blockerOf(one, holders, line);
  return blocker ? blockerWords(blocker) : 'nobody';
}

describe('a run waits for', () => {
  const mine = waiter('me', writes('file:src/a.ts'), { since: 5 });

  test('one that writes what it writes', () =>
    expect(waitOf(mine, [holder('x/fix', writes('file:src/a.ts'))])).toBe(
      'file:src/a.ts, which task fix of session x writes',
    ));

  test('one that reads what it writes, and one that writes what it reads', () => {
    expect(waitOf(mine, [holder('x/fix', reads('file:src/**'))])).toBe(
      'file:src/a.ts, of which task fix of session x reads file:src/**',
    );
    expect(waitOf(waiter('me', reads('file:src/**')), [holder('x', writes('file:src/a.ts'))])).not.toBe('nobody');
  });

  test('nobody who only reads what it reads, or has something else', () => {
    const others = [holder('x', reads('file:src/a.ts')), holder('y', writes('file:b.ts'))];
    expect(waitOf(waiter('me', reads('file:src/a.ts')), others)).toBe('nobody');
  });

  test('nobody twice: not for itself, not for the run that it works for', () => {
    const own = [holder('me', writes('file:src/**')), holder('parent/sub', writes('file:**'))];
    expect(waitOf({ ...mine, worksFor: [named('parent/sub')] }, own)).toBe('nobody');
    expect(waitOf(mine, own)).toBe('file:src/a.ts, of which task sub of session parent writes file:**');
  });

  test('whoever waits for the same and is more urgent, or has waited for longer', () => {
    const earlier = waiter('x/fix', writes('file:src/a.ts'), { since: 4 });
    expect(waitOf(mine, [], [earlier])).toBe(
      'file:src/a.ts, which task fix of session x is before it in the line to write',
    );
    expect(waitOf(mine, [], [{ ...earlier, since: 6 }])).toBe('nobody');
    expect(waitOf(mine, [], [{ ...earlier, since: 6, priority: 2 }])).not.toBe('nobody');
    expect(waitOf({ ...mine, priority: 2 }, [], [earlier])).toBe('nobody');
  });

  test('whoever has waited for so long that others were as urgent by now', () => {
    const patient = waiter('x/fix', writes('file:src/a.ts'), { priority: 5 });
    const urgent = { ...mine, priority: 2 };
    expect(waitOf({ ...urgent, since: 16 * 60_000 }, [], [patient])).not.toBe('nobody');
    expect(waitOf({ ...urgent, since: 14 * 60_000 }, [], [patient])).toBe('nobody');
    expect(waitOf({ ...urgent, since: 16 * 60_000, priority: 1 }, [], [patient])).toBe('nobody');
  });

  test('a writer that readers keep waiting, though it could read with them', () => {
    const reader = waiter('me', reads('file:a'), { since: 2 });
    expect(waitOf(reader, [holder('x', reads('file:a'))], [waiter('w', writes('file:a'), { since: 1 })])).not.toBe(
      'nobody',
    );
  });

  test('nobody who waits, through others, for the run that it works for', () => {
    const parent = holder('parent/sub', writes('file:a'));
    const line = [
      waiter('x', writes('file:a', 'file:b'), { since: 1 }),
      waiter('y', writes('file:b', 'file:c'), { since: 2 }),
    ];
    const child = waiter('child', writes('file:c'), { since: 3, worksFor: [named('parent/sub')] });
    expect(waitOf(child, [parent], line)).toBe('nobody');
    expect(waitOf({ ...child, worksFor: [] }, [parent], line)).not.toBe('nobody');
  });

  test('nobody who is more urgent and waits for a run that others work for, which wait for the run that it works for', () => {
    const [mine, theirs] = [named('mine'), named('theirs')];
    const holders = [holder('mine', writes('db:a')), holder('theirs', reads('file:a'))];
    const one = waiter('one', reads('file:*'), { priority: 2, since: 1, worksFor: [mine] });
    const inTheWay = waiter('in-the-way', reads('db:a'), { priority: 1, since: 2, worksFor: [theirs] });
    const urgent = waiter('urgent', writes('file:a'), { priority: 1, since: 3 });
    expect(waitOf(one, holders, [one, inTheWay, urgent])).toBe('nobody');
    expect(waitOf(one, holders, [one, urgent])).not.toBe('nobody');
  });

  test('one that works for the same run and comes first', () => {
    const worksFor = [named('parent/sub')];
    const sibling = waiter('child/one', writes('file:a'), { since: 1, worksFor });
    const two = waiter('child/two', writes('file:a'), { since: 2, worksFor });
    expect(waitOf(two, [holder('parent/sub', writes('file:a'))], [sibling])).toContain('task one of session child');
  });
});

describe('a run would wait for ever', () => {
  const holders = [holder('p/sub', writes('file:a')), holder('q/sub', writes('file:b'))];
  const other = waiter('child-of-q', writes('file:a'), { worksFor: [named('q/sub')] });
  const mine = waiter('child-of-p', writes('file:b'), { since: 1, worksFor: [named('p/sub')] });

  test('where one that it works for keeps those waiting that it waits for', () => {
    expect(waitsForItself(mine, holders, [other])).toBe(true);
    expect(waitsForItself(mine, holders, [])).toBe(false);
    expect(waitsForItself(mine, holders, [{ ...other, worksFor: [] }])).toBe(false);
  });

  test('never where it works for nobody', () =>
    expect(waitsForItself({ ...mine, worksFor: [] }, holders, [other])).toBe(false));
});

const names = ['file:a', 'file:b', 'file:c', 'file:*', 'db:a'].map(resource);
const claims = fc.record({
  writes: fc.subarray(names, { maxLength: 2 }),
  reads: fc.subarray(names, { maxLength: 2 }),
});
const crowds = fc.tuple(
  fc.array(claims, { maxLength: 4 }),
  fc.array(fc.tuple(claims, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 3 })), { maxLength: 8 }),
);

describe('whoever may go', () => {
  const play = (holding: Claim[], waiting: [Claim, number, number][]) => ({
    holders: holding.map((claim, at) => holder(`h${at}`, claim)),
    line: waiting.map(([claim, priority, since], at) => waiter(`w${at}`, claim, { priority, since })),
  });

  test('clashes with nobody who runs, with nobody else who may go, and with nobody who comes first', () =>
    fc.assert(
      fc.property(crowds, ([holding, waiting]) => {
        const { holders, line } = play(holding, waiting);
        const free = freeWaiters(holders, line);
        for (const one of free) {
          const others = [...holders, ...line.filter((other) => other !== one && compareWaiters(other, one) < 0)];
          expect(others.filter((other) => clashOf(one.claim, other.claim))).toEqual([]);
        }
      }),
    ));

  test('is everybody whom nothing keeps waiting: who waits does so for a run, be it through others', () =>
    fc.assert(
      fc.property(crowds, ([holding, waiting]) => {
        const { holders, line } = play(holding, waiting);
        const free = new Set(freeWaiters(holders, line));
        for (const one of line.filter((other) => !free.has(other))) expect(blockerOf(one, holders, line)).toBeDefined();
        if (line.length > 0 && holders.length === 0) expect(free.size).toBeGreaterThan(0);
        const [first] = [...line].sort(compareWaiters);
        if (first && !holders.some(({ claim }) => clashOf(first.claim, claim))) expect(free).toContain(first);
      }),
    ));

  test('is found in a crowd without comparing everybody with everybody', () => {
    let looks = 0;
    const count = 2_000;
    const line = Array.from({ length: count }, (_, at) => {
      const one = waiter(`w${at}`, writes('repo:main'), { since: at });
      return Object.defineProperty(one, 'since', { get: () => ((looks += 1), at) });
    });
    expect(freeWaiters([], line)).toEqual([line[0]]);
    // To sort them takes fewer than 100 looks at each.
    expect(looks).toBeLessThan(100 * count);
  });

  test('comes to everybody, when runs end one after the other', () =>
    fc.assert(
      fc.property(crowds, ([holding, waiting]) => {
        const { holders, line } = play(holding, waiting);
        for (let rounds = 0; line.length > 0; rounds++) {
          expect(rounds).toBeLessThan(100);
          holders.shift();
          for (const one of freeWaiters(holders, line)) {
            line.splice(line.indexOf(one), 1);
            holders.push(one);
          }
        }
      }),
    ));
});

describe('with runs that work for others', () => {
  /** Runs with a sub-plan have their resources until the runs of it have ended; whoever would wait for ever is refused. */
  test('everybody ends, or is told that it never could', () =>
    fc.assert(
      fc.property(
        fc.array(claims, { minLength: 1, maxLength: 3 }),
        fc.array(fc.tuple(claims, fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 2 })), { maxLength: 8 }),
        (parentClaims, others) => {
          // Parents that do not clash run at once.
          const parents = parentClaims
            .map((claim, at) => holder(`p${at}`, claim))
            .filter((one, at, all) => !all.slice(0, at).some(({ claim }) => clashOf(one.claim, claim)));
          let holders: Holder[] = [...parents];
          let line: Waiter[] = [];
          others.forEach(([claim, forParent, priority], since) => {
            const parent = parents[forParent];
            const one = waiter(`w${since}`, claim, { since, priority, worksFor: parent ? [parent] : [] });
            if (!blockerOf(one, holders, line)) holders.push(one);
            else if (!waitsForItself(one, holders, line)) line.push(one);
          });
          const isDone = (one: Holder): boolean =>
            ![...holders, ...line].some((other) => (other as Waiter).worksFor?.includes(one));
          for (let rounds = 0; holders.length + line.length > 0; rounds++) {
            expect(rounds).toBeLessThan(100);
            const ending = holders.find(isDone);
            holders = holders.filter((one) => one !== ending);
            const free = freeWaiters(holders, line);
            line = line.filter((one) => !free.includes(one));
            holders.push(...free);
          }
        },
      ),
      { numRuns: 2_000 },
    ));
});
