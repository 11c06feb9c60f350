import { table } from '../report';
import type { AttemptAccuracy } from './measure-attempts';
import type { EtaAccuracy } from './measure-etas';
import type { Swept } from './sweep';

export interface PredictionResults {
  seed: string;
  fleets: number;
  etas: EtaAccuracy[];
  attempts: AttemptAccuracy;
  sweep: Swept[];
}

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
const verdict = (isMet: boolean): string => (isMet ? 'met' : 'MISSED');

/** Whether P90 holds as often as it should, and how often that may be: from 85 to 95 of 100. */
export const isCalibrated = ({ withinP90 }: Pick<EtaAccuracy, 'withinP90'>): boolean =>
  withinP90 >= 0.85 && withinP90 <= 0.95;
export const mostMedianError = 0.25;
export const mostCalibrationError = 0.05;

/** Tables for people. */
export function formatPredictions({ etas, attempts, sweep }: PredictionResults): string {
  const { predictions, bins, calibrationError, intervalHolds, durations } = attempts;
  return [
    ...table(
      ['ETAs of sessions', 'sessions', 'within P50', 'within P90', 'target', '', 'median error of P50', 'target', ''],
      etas.map((eta) => [
        eta.group,
        String(eta.sessions),
        percent(eta.withinP50),
        percent(eta.withinP90),
        ...(eta.group === 'all' ? ['85–95%', verdict(isCalibrated(eta))] : ['', '']),
        percent(eta.medianError),
        ...(eta.group === targetOfError ? ['≤ 25%', verdict(eta.medianError <= mostMedianError)] : ['', '']),
      ]),
    ),
    ...table(
      ['success of attempts predicted', 'predictions', 'mean', 'observed'],
      bins.map(({ from, predictions: count, predicted, observed }) => [
        `${from.toFixed(1)} to ${(from + 0.1).toFixed(1)}`,
        String(count),
        percent(predicted),
        percent(observed),
      ]),
    ),
    ...table(
      ['of attempts', 'predictions', 'figure', 'target', ''],
      [
        [
          'expected calibration error',
          String(predictions),
          calibrationError.toFixed(3),
          `≤ ${mostCalibrationError}`,
          verdict(calibrationError <= mostCalibrationError),
        ],
        ['intervals that hold the true probability', String(predictions), percent(intervalHolds), '', ''],
        ['durations within P50', String(durations.predictions), percent(durations.withinP50), '', ''],
        ['durations within P90', String(durations.predictions), percent(durations.withinP90), '', ''],
      ],
    ),
    ...table(
      ['fleets', 'seed', 'ETAs', 'within P50', 'within P90', 'target', '', 'attempts within P90', 'calibration error'],
      sweep.map(({ fleets, seed, etas: count, withinP50, withinP90, attemptsWithinP90, calibrationError: error }) => [
        String(fleets),
        seed,
        String(count),
        percent(withinP50),
        percent(withinP90),
        '85–95%',
        verdict(isCalibrated({ withinP90 })),
        percent(attemptsWithinP90),
        error.toFixed(3),
      ]),
    ),
  ].join('\n');
}

/** With the samples that the target names. */
export const targetOfError = 'after 30 sessions, from the start';
