import fc from 'fast-check';
import { comparePositions, priorityAgeMs } from '../../../src/domain/line-position';
import type { LinePosition } from '../../../src/domain/line-position';

const position = (priority: number, waited: number): LinePosition => ({ priority, since: -waited });

/** The names of those that come in order. */
function inOrder(line: Record<string, LinePosition>): string[] {
  return Object.keys(line).sort((one, other) =>
    comparePositions(line[one] ?? position(5, 0), line[other] ?? position(5, 0)),
  );
}

describe('in a line that goes by priority and age', () => {
  it('the most urgent goes first, then who has waited longer', () =>
    expect(
      inOrder({ late: position(3, 1), calm: position(4, 2), early: position(3, 2), urgent: position(2, 0) }),
    ).toEqual(['urgent', 'early', 'late', 'calm']));

  it('waiting makes up for priority, and nobody passes those that go at once', () =>
    expect(
      inOrder({
        now: position(1, 0),
        patient: position(5, 3 * priorityAgeMs + 1),
        urgent: position(2, 0),
        calm: position(5, 3 * priorityAgeMs - 1),
      }),
    ).toEqual(['now', 'patient', 'urgent', 'calm']));

  const positions = fc.record({
    priority: fc.integer({ min: 1, max: 5 }),
    since: fc.integer({ min: 0, max: 3_600_000 }),
  });

  it('all see the same order, and nobody but those that go at once passes who has waited for 15 minutes more', () =>
    fc.assert(
      fc.property(positions, positions, positions, (one, two, three) => {
        expect(Math.sign(comparePositions(one, two))).toBe(-Math.sign(comparePositions(two, one)) + 0);
        const [first, second, last] = [one, two, three].sort(comparePositions);
        if (first && second && last) {
          expect(comparePositions(first, last)).toBeLessThanOrEqual(0);
          if (first.priority > 1) expect(first.since - last.since).toBeLessThanOrEqual(3 * priorityAgeMs);
        }
      }),
    ));
});
