import fc from 'fast-check';
import { createRandom } from '../../../src/domain/random';
import { forecast } from '../../../src/domain/health/forecast';
import { predictBudget, predictDisk, predictQueue } from '../../../src/domain/health/predictions';
import { median, quantile, spread } from '../../../src/domain/health/robust';
import type { Sample } from '../../../src/domain/health/trend';
import { trendOf } from '../../../src/domain/health/trend';
import { now } from './measured';

const sweepMs = 30_000;

/** The latest is of now. */
const samples = (count: number, value: (at: number) => number): Sample[] =>
  Array.from({ length: count }, (_, at) => ({ at: now - (count - 1 - at) * sweepMs, value: value(at) }));

const noise = (...seed: (string | number)[]): (() => number) => {
  const random = createRandom(...seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
};

describe('robust statistics', () => {
  it('are not moved far by some outliers', () => {
    expect(median([1, 2, 3, 4, 1e9])).toBe(3);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(quantile([0, 10], 0.25)).toBe(2.5);
    const normal = noise('spread');
    const values = Array.from({ length: 1_000 }, normal);
    expect(spread(values)).toBeCloseTo(1, 0);
    expect(spread(values.map((value, at) => (at % 4 === 0 ? 1e6 : value)))).toBeLessThan(3);
  });
});

describe('a trend', () => {
  it('is found although a fifth of the samples are far off', () => {
    const random = noise('outliers');
    const trend = trendOf(samples(60, (at) => 3 * at + random() + (at % 5 === 0 ? 500 : 0)));
    expect((trend?.slope ?? 0) * sweepMs).toBeCloseTo(3, 0);
    expect(trend?.pValue).toBeLessThan(0.001);
  });

  it('is not taken from noise, and rarely from noise that wanders', () => {
    const share = (correlation: number): number => {
      const runs = 300;
      let found = 0;
      for (let seed = 0; seed < runs; seed++) {
        const random = noise('no trend', correlation, seed);
        let value = 0;
        const wandering = samples(60, () => (value = correlation * value + random()));
        if ((trendOf(wandering)?.pValue ?? 1) < 0.01) found += 1;
      }
      return found / runs;
    };
    expect(share(0)).toBeLessThanOrEqual(0.03);
    expect(share(0.6)).toBeLessThanOrEqual(0.06);
  });

  it('needs twelve samples', () => {
    expect(trendOf(samples(11, (at) => at))).toBeUndefined();
    expect(trendOf(samples(12, (at) => at))?.pValue).toBeLessThan(0.001);
  });
});

describe('a forecast', () => {
  it('says when a limit is reached, earliest and latest around it', () => {
    const random = noise('forecast');
    const found = forecast(
      samples(120, (at) => 1_000 - 5 * at + 3 * random()),
      0,
      'falling',
    );
    const expected = now + (1_000 / 5 - 119) * sweepMs;
    expect(Math.abs((found?.at ?? 0) - expected)).toBeLessThan(5 * sweepMs);
    expect(found?.earliest).toBeLessThan(found?.at ?? 0);
    expect(found?.latest).toBeGreaterThan(found?.at ?? Infinity);
    expect(found?.perHour).toBeCloseTo(600, -1);
  });

  it('says nothing of the farther future, of what goes the other way, and of what only wobbles', () => {
    const random = noise('nothing');
    expect(
      forecast(
        samples(120, (at) => 1_000 - at / 2),
        0,
        'falling',
      ),
    ).toBeUndefined();
    expect(
      forecast(
        samples(120, (at) => 100 + at),
        0,
        'falling',
      ),
    ).toBeUndefined();
    expect(
      forecast(
        samples(120, () => 100 + random()),
        0,
        'falling',
      ),
    ).toBeUndefined();
    expect(forecast([], 0, 'falling')).toBeUndefined();
  });

  it('is never in the past, and within its own range', () => {
    const values = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { maxLength: 40 });
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1e6, noNaN: true }), (given, limit) => {
        const found = forecast(
          samples(given.length, (at) => given[at] ?? 0),
          limit,
          'rising',
        );
        if (!found) return;
        expect(found.at).toBeGreaterThanOrEqual(now);
        expect(found.earliest).toBeLessThanOrEqual(found.at);
        expect(found.latest ?? Infinity).toBeGreaterThanOrEqual(found.at);
      }),
    );
  });
});

describe('what runs out', () => {
  it('is the disk', () => {
    const [found] = predictDisk(samples(120, (at) => 1e9 - 5e6 * at));
    expect(found).toMatchObject({ what: 'disk', action: expect.stringContaining('ORCHESTRA_RETENTION_DAYS') });
  });

  it('is the waiting line, which gets longer, or is done', () => {
    const [longer] = predictQueue(samples(120, (at) => 50 * at));
    expect(longer).toMatchObject({
      message: '10000 tasks wait in line',
      action: expect.stringContaining('orchestra queue'),
    });
    const [done] = predictQueue(samples(120, (at) => 200 - at));
    expect(done).toMatchObject({ message: 'The waiting line is empty', action: null });
    expect(predictQueue(samples(120, () => 0))).toEqual([]);
  });

  it('is a budget, where its day does not end before', () => {
    const balance = {
      account: 'workspace/day/2026-03-10',
      unit: 'costMicros' as const,
      limit: 10_000_000,
      reserved: 0,
      kept: 0,
      spent: 6_000_000,
    };
    const spending = (perSweep: number) => samples(120, (at) => 6_000_000 + perSweep * (at - 119));
    expect(predictBudget(balance, spending(50_000), now)).toMatchObject([
      {
        message: 'The budget of the workspace for 2026-03-10, $10.00, is used up',
        at: now + 80 * sweepMs,
        action: expect.stringContaining('orchestra budget set --day'),
      },
    ]);
    const late = Date.UTC(2026, 2, 10, 23, 50);
    expect(
      predictBudget(
        balance,
        spending(50_000).map(({ at, value }) => ({ at: at + late - now, value })),
        late,
      ),
    ).toEqual([]);
  });
});
