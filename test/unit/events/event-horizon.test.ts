import fc from 'fast-check';
import { advanceHorizon, noHorizon } from '../../../src/domain/events/event-horizon';

it('ends before the first number of a transaction that is at work, and goes on when it is not any more', () => {
  const first = advanceHorizon(noHorizon, { last: 5, writers: [] });
  expect(first.upTo).toBe(5);
  const second = advanceHorizon(first, { last: 9, writers: ['3/1'] });
  expect(second.upTo).toBe(5);
  const third = advanceHorizon(second, { last: 12, writers: ['4/1'] });
  expect(third.upTo).toBe(9);
  expect(advanceHorizon(third, { last: 12, writers: [] })).toEqual({ upTo: 12, pending: [] });
});

it('begins anew when numbers are taken back by a crash of the server', () => {
  const before = advanceHorizon(noHorizon, { last: 100, writers: [] });
  expect(advanceHorizon(before, { last: 90, writers: ['3/1'] }).upTo).toBe(0);
});

it('keeps little of a transaction that stays open for long', () => {
  let horizon = advanceHorizon(noHorizon, { last: 1, writers: [] });
  for (let last = 2; last < 1_000; last++) horizon = advanceHorizon(horizon, { last, writers: ['7/7', `8/${last}`] });
  expect(horizon.upTo).toBe(1);
  expect(horizon.pending.length).toBeLessThanOrEqual(16);
  expect(advanceHorizon(horizon, { last: 1_000, writers: [] }).upTo).toBe(1_000);
});

/** Transactions that take numbers and commit when they like, as the database shows them. */
type Step = { does: 'begin' } | { does: 'take' | 'commit' | 'abort'; which: number } | { does: 'look' };

const steps = fc.array(
  fc.oneof(
    fc.constant<Step>({ does: 'begin' }),
    fc.record({
      does: fc.constantFrom('take' as const, 'take' as const, 'commit' as const, 'abort' as const),
      which: fc.nat(7),
    }),
    fc.constant<Step>({ does: 'look' }),
  ),
  { maxLength: 200 },
);

it('lets a reader who goes up to it miss nothing, whenever transactions commit', () => {
  fc.assert(
    fc.property(steps, (schedule) => {
      let last = 0;
      let begun = 0;
      let horizon = noHorizon;
      let cursor = 0;
      const open: { id: string; numbers: number[] }[] = [];
      const visible = new Set<number>();
      const seen: number[] = [];
      const read = (): void => {
        const writers = open.filter(({ numbers }) => numbers.length > 0).map(({ id }) => id);
        horizon = advanceHorizon(horizon, { last, writers });
        const found = [...visible].filter((number) => number > cursor && number <= horizon.upTo).sort((a, b) => a - b);
        seen.push(...found);
        cursor = found.at(-1) ?? cursor;
      };
      for (const step of schedule) {
        if (step.does === 'begin') open.push({ id: `t/${++begun}`, numbers: [] });
        else if (step.does === 'look') read();
        else if (open.length > 0) {
          const at = step.which % open.length;
          const transaction = open[at];
          if (step.does === 'take') transaction?.numbers.push(++last);
          else {
            open.splice(at, 1);
            if (step.does === 'commit') for (const number of transaction?.numbers ?? []) visible.add(number);
          }
        }
      }
      for (const { numbers } of open.splice(0)) for (const number of numbers) visible.add(number);
      read();
      expect(seen).toEqual([...visible].sort((a, b) => a - b));
    }),
    { numRuns: 2_000 },
  );
});
