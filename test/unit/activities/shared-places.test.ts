import fc from 'fast-check';
import { createSharedPlaces } from '../../../src/activities/shared-places';

/** Takes until there is no more; how many it got. */
function takeAll(places: ReturnType<typeof createSharedPlaces>, taker: string): (() => void)[] {
  const taken: (() => void)[] = [];
  for (let giveBack = places.take(taker); giveBack; giveBack = places.take(taker)) taken.push(giveBack);
  return taken;
}

test('one alone has half of the places', () => {
  expect(takeAll(createSharedPlaces(200), 'one')).toHaveLength(100);
});

test('who comes while others have all that they get has its share as well, and more once they give back', () => {
  const places = createSharedPlaces(200);
  const first = takeAll(places, 'first');
  expect(takeAll(places, 'second')).toHaveLength(50);
  expect(takeAll(places, 'third')).toHaveLength(25);
  // The first has more than its share by now: it gets none until as many are free as it has.
  first.splice(0, 60).forEach((giveBack) => giveBack());
  expect(takeAll(places, 'first')).toHaveLength(23);
});

test('so many sessions as run ahead at once all get some, however greedy they are', () => {
  const places = createSharedPlaces(200);
  for (let taker = 0; taker < 50; taker++) places.take(`session ${taker}`);
  expect(takeAll(places, 'greedy').length).toBeGreaterThan(0);
  expect(places.take('newcomer')).toBeDefined();
});

test('never more than there are, and all are free again once they were given back', () => {
  const steps = fc.array(fc.record({ taker: fc.integer({ min: 0, max: 5 }), isGivenBack: fc.boolean() }));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), steps, (capacity, taken) => {
      const places = createSharedPlaces(capacity);
      const held: (() => void)[] = [];
      for (const { taker, isGivenBack } of taken) {
        if (isGivenBack) held.pop()?.();
        else {
          const giveBack = places.take(String(taker));
          if (giveBack) held.push(giveBack);
        }
        expect(held.length).toBeLessThanOrEqual(capacity);
      }
      held.splice(0).forEach((giveBack) => giveBack());
      expect(takeAll(places, 'last')).toHaveLength(Math.ceil(capacity / 2));
    }),
  );
});
