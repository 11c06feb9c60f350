import { measureAttempts } from '../../../bench/prediction/measure-attempts';
import { measureEtas } from '../../../bench/prediction/measure-etas';
import { isCalibrated, mostCalibrationError, mostMedianError, targetOfError } from '../../../bench/prediction/report';

// The first of the fleets of `npm run bench:prediction`. All is drawn from seeds: what holds once holds always.

test('P90 holds in 85 to 95 of 100 simulated sessions, and P50 is off by at most a quarter in half of them after 30 samples', () => {
  const { accuracies } = measureEtas(25, '1');
  const of = (group: string) => accuracies.find((one) => one.group === group)!;
  expect(isCalibrated(of('all'))).toBe(true);
  expect(of(targetOfError).medianError).toBeLessThanOrEqual(mostMedianError);
});

test('what is predicted of attempts is what is observed', () => {
  const { calibrationError, intervalHolds, durations } = measureAttempts(15, '1');
  expect(calibrationError).toBeLessThanOrEqual(mostCalibrationError);
  // Nine of ten are meant to.
  expect(intervalHolds).toBeGreaterThan(0.85);
  expect(durations.withinP90).toBeGreaterThan(0.85);
  expect(durations.withinP90).toBeLessThan(0.95);
});
