import fc from 'fast-check';
import { defaultRequestLimits, parseRequestLimits } from '../../../src/domain/access/request-limits';
import { refill, secondsUntil } from '../../../src/domain/access/token-bucket';

test('limits are read, and those that are not named keep their defaults', () => {
  expect(parseRequestLimits('off')).toBeUndefined();
  expect(parseRequestLimits(' user = 10, logins=1')).toEqual({ ...defaultRequestLimits, user: 10, logins: 1 });
});

test.each(['', 'user', 'user=0', 'user=-1', 'user=1.5', 'user=1e9', 'user=999999999', 'nobody=1', 'user=1;logins=2'])(
  'the limits "%s" are refused with words that say what is right',
  (written) => expect(parseRequestLimits(written)).toContain('user=600,logins=5'),
);

const perMinutes = fc.integer({ min: 1, max: 100_000 });

test('within any minute no more is allowed than a full bucket and what grows back', () => {
  fc.assert(
    fc.property(perMinutes, fc.array(fc.integer({ min: 0, max: 90_000 }), { maxLength: 60 }), (perMinute, waits) => {
      let bucket = { tokens: perMinute, at: 0 };
      let now = 0;
      let taken = 0;
      for (const wait of waits) {
        now += wait;
        bucket = refill(bucket, perMinute, now);
        const all = Math.floor(bucket.tokens);
        taken += all;
        bucket = { ...bucket, tokens: bucket.tokens - all };
      }
      expect(taken).toBeLessThanOrEqual(perMinute + (now * perMinute) / 60_000 + 1e-6 * taken);
    }),
  );
});

test('whoever waits as long as is said is let in, and a clock that goes back gives nothing', () => {
  fc.assert(
    fc.property(perMinutes, fc.double({ min: -1_000, max: 0.99, noNaN: true }), (perMinute, tokens) => {
      const seconds = secondsUntil(1, { tokens, at: 0 }, perMinute);
      expect(refill({ tokens, at: 0 }, perMinute, seconds * 1_000).tokens + 1e-9).toBeGreaterThanOrEqual(
        Math.min(1, perMinute),
      );
      const { tokens: after, at } = refill({ tokens, at: 5_000 }, perMinute, 1_000);
      expect([after === tokens, at]).toEqual([true, 5_000]);
    }),
  );
});
