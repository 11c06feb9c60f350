import fc from 'fast-check';
import { defaultPolicy, newBreaker, step, trialsOf, windowSize } from '../../../src/domain/health/circuit-breaker';
import type { Breaker, BreakerEvent } from '../../../src/domain/health/circuit-breaker';
import { createRandom } from '../../../src/domain/random';

const seed = 'w/ada';
const at = (breaker: Breaker, event: BreakerEvent, now = 0): Breaker =>
  step(breaker, event, { now, seed, policy: defaultPolicy });
const outcome = (failed: boolean): BreakerEvent => ({ type: 'outcome', failed });
/** s: succeeded, f: failed. */
const after = (letters: string, breaker: Breaker = newBreaker, now = 0): Breaker =>
  [...letters].reduce((before, letter) => at(before, outcome(letter === 'f'), now), breaker);
const halfOpened = (breaker: Breaker): Breaker => at(breaker, { type: 'time-passed', isIdle: true }, 1e12);
const outcomes = fc.string({ unit: fc.constantFrom('s', 'f'), maxLength: 200 });

it('opens after five failures in a row of an agent that nothing is known of', () => {
  expect(after('sffff').state).toBe('closed');
  expect(after('sfffff')).toMatchObject({ state: 'open', why: '5 attempts failed in a row' });
});

it('asks for more failures in a row of an agent that often fails', () => {
  const often = after('sfsffsfssffsfsfs'.repeat(10));
  expect(after('fffffff', often).state).toBe('closed');
  expect(after('ffffffffffffff', often).state).toBe('open');
});

it('opens where an agent fails much more often than it did, though never in a row', () => {
  const good = after('s'.repeat(150));
  const worse = after('sf'.repeat(windowSize / 2), good);
  expect(worse).toMatchObject({ state: 'open', why: '10 of its last 20 attempts failed, and of those before 1 %' });
});

it('always opens under sustained failure, whatever went before', () => {
  fc.assert(
    fc.property(outcomes, (before) => {
      const breaker = after(before);
      expect(breaker.state === 'open' || after('f'.repeat(windowSize), breaker).state === 'open').toBe(true);
    }),
  );
});

/** How long it is open, in milliseconds. */
const openMs = (breaker: Breaker, since: number): number =>
  breaker.state === 'open' ? (breaker.until ?? Infinity) - since : 0;

it('stays open for a time that doubles, up to a longest, give or take a fifth', () => {
  let breaker = after('fffff');
  let now = 0;
  for (let opening = 0; opening < 9; opening++) {
    const expected = Math.min(defaultPolicy.longestOpenMs, defaultPolicy.firstOpenMs * 2 ** opening);
    expect(Math.abs(openMs(breaker, now) / expected - 1)).toBeLessThanOrEqual(0.2);
    now += openMs(breaker, now);
    breaker = after('f', at(breaker, { type: 'time-passed', isIdle: true }, now), now);
  }
});

it('opens for different times, so that agents which failed together are not tried together', () => {
  const times = ['w/ada', 'w/bob', 'w/eve'].map((agent) => {
    const fail = (before: Breaker): Breaker =>
      step(before, outcome(true), { now: 0, seed: agent, policy: defaultPolicy });
    return openMs(fail(fail(fail(fail(fail(newBreaker))))), 0);
  });
  expect(new Set(times).size).toBe(3);
});

it('opens for the first time again after a whole window without trouble', () => {
  const relapsed = after('ffffffff', after('ss', halfOpened(after('fffff'))));
  expect(relapsed).toMatchObject({ state: 'open', openings: 2 });
  const recovered = after('s'.repeat(windowSize + 1), after('ss', halfOpened(relapsed)));
  expect(recovered).toMatchObject({ state: 'closed', openings: 0 });
});

it('half-opens when its time is over, and not before', () => {
  const open = after('fffff', newBreaker, 1_000);
  const until = open.state === 'open' ? (open.until ?? 0) : 0;
  expect(at(open, { type: 'time-passed', isIdle: true }, until - 1)).toEqual(open);
  expect(at(open, { type: 'time-passed', isIdle: true }, until)).toMatchObject({ state: 'half-open', trials: 1 });
});

it('closes after two trials have succeeded, opens again after one has failed', () => {
  const halfOpen = halfOpened(after('fffff'));
  expect(after('s', halfOpen)).toMatchObject({ state: 'half-open', trials: 1, succeeded: 1 });
  expect(after('ss', halfOpen)).toMatchObject({ state: 'closed', window: '' });
  expect(after('sf', halfOpen)).toMatchObject({ state: 'open', openings: 2 });
});

it('always closes again after sustained success, whatever went before', () => {
  fc.assert(
    fc.property(outcomes, (before) => {
      expect(after('ss', halfOpened(after(before))).state).toBe('closed');
    }),
  );
});

const anyEvent: fc.Arbitrary<BreakerEvent> = fc.oneof(
  fc.boolean().map(outcome),
  fc.constant({ type: 'attempt-given' } as const),
  fc.boolean().map((isIdle) => ({ type: 'time-passed', isIdle }) as const),
);

it('never lets more through while it is half-open than one, one for each success, and one for each that came to nothing', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
      let breaker = halfOpened(after('fffff'));
      let allowed = 1;
      let given = 0;
      for (const event of events) {
        const before = breaker;
        if (event.type === 'attempt-given') given += trialsOf(breaker) === 0 ? 0 : 1;
        breaker = at(breaker, event);
        if (breaker.state !== 'half-open') return;
        if (event.type === 'outcome' || (event.type === 'time-passed' && breaker !== before)) allowed += 1;
        expect(given).toBeLessThanOrEqual(allowed);
        expect(trialsOf(breaker)).toBeLessThanOrEqual(1);
      }
    }),
  );
});

it('comes to the same for the same events', () => {
  fc.assert(
    fc.property(fc.array(anyEvent), (events) => {
      const play = (): Breaker => events.reduce<Breaker>((breaker, event, now) => at(breaker, event, now), newBreaker);
      expect(play()).toEqual(play());
    }),
  );
});

it('is held open by hand until it is reset', () => {
  const held = at(newBreaker, { type: 'held-open', why: 'it leaks' });
  expect(trialsOf(halfOpened(after('ssssssss', held)))).toBe(0);
  expect(at(held, { type: 'reset' })).toMatchObject({ state: 'closed' });
});

it.each([0.95, 0.8, 0.6, 0.4])('seldom opens by chance for an agent that is steady at %p', (rate) => {
  const random = createRandom('steady agents', rate);
  let breaker: Breaker = newBreaker;
  let openings = 0;
  for (let nth = 0; nth < 20_000; nth++) {
    breaker = at(breaker, outcome(random() >= rate));
    if (breaker.state !== 'open') continue;
    openings += 1;
    breaker = at(breaker, { type: 'reset' });
  }
  expect(openings).toBeLessThanOrEqual(20);
});
