import { createRandom } from '../../src/domain/random';
import { drawNormal } from '../../src/domain/random-variates';
import { measureDurations } from '../../src/domain/prediction/measured-durations';
import { predictAttempt } from '../../src/domain/prediction/predict-attempt';
import type { MeasuredAttempts } from '../../src/domain/prediction/predict-attempt';
import { defaultSettings } from '../../src/domain/routing/settings';

export interface AttemptAccuracy {
  predictions: number;
  /** By what was predicted, in steps of a tenth: predictions, their mean, and the share that succeeded. */
  bins: { from: number; predictions: number; predicted: number; observed: number }[];
  /** The mean distance of predicted and observed, over all bins, by how many predictions they hold. */
  calibrationError: number;
  /** Share of predictions whose interval held the true probability; nine of ten are meant to. */
  intervalHolds: number;
  durations: { predictions: number; withinP50: number; withinP90: number };
}

const agents = 5;
const tasks = 6;
const attempts = 150;

/** Agents of different skill at tasks of different difficulty: each attempt is predicted from those before it, and then happens. */
export function measureAttempts(fleets: number, seed: string): AttemptAccuracy {
  const seen = { predictions: 0, held: 0, timed: 0, withinP50: 0, withinP90: 0 };
  const bins = Array.from({ length: 10 }, (_, at) => ({ from: at / 10, predictions: 0, predicted: 0, observed: 0 }));
  for (let fleet = 0; fleet < fleets; fleet++) {
    const random = createRandom('attempts', seed, fleet);
    const truths = drawTruths(random);
    const past: { agent: number; task: number; takesMs: number; succeeded: boolean }[] = [];
    for (let nth = 0; nth < attempts; nth++) {
      const [agent, task] = [Math.floor(agents * random()), Math.floor(tasks * random())];
      const truth = truths(agent, task);
      const measured = (isMeant: (one: { agent: number; task: number }) => boolean): MeasuredAttempts => {
        const meant = past.filter(isMeant);
        const durations = measureDurations(meant.flatMap(({ succeeded, takesMs }) => (succeeded ? [takesMs] : [])));
        return { durations, failed: meant.length - durations.count };
      };
      const { success, durationMs } = predictAttempt(
        {
          same: measured((one) => one.agent === agent && one.task === task),
          byOthers: measured((one) => one.agent !== agent && one.task === task),
          elsewhere: measured((one) => one.agent === agent && one.task !== task),
        },
        defaultSettings.prior,
      );
      const succeeded = random() < truth.succeeds;
      const takesMs = Math.exp(truth.mu + truth.sigma * drawNormal(random));
      past.push({ agent, task, takesMs, succeeded });
      const bin = bins[Math.min(9, Math.floor(success.probability * 10))];
      if (bin) {
        bin.predictions += 1;
        bin.predicted += success.probability;
        bin.observed += Number(succeeded);
      }
      seen.predictions += 1;
      seen.held += Number(truth.succeeds >= success.low && truth.succeeds <= success.high);
      if (!succeeded || !durationMs) continue;
      seen.timed += 1;
      seen.withinP50 += Number(takesMs <= durationMs.p50);
      seen.withinP90 += Number(takesMs <= durationMs.p90);
    }
  }
  const { predictions, held, timed, withinP50, withinP90 } = seen;
  return {
    predictions,
    bins: bins
      .filter((bin) => bin.predictions > 0)
      .map((bin) => ({
        ...bin,
        predicted: bin.predicted / bin.predictions,
        observed: bin.observed / bin.predictions,
      })),
    calibrationError: bins.reduce((sum, bin) => sum + Math.abs(bin.predicted - bin.observed), 0) / predictions,
    intervalHolds: held / predictions,
    durations: { predictions: timed, withinP50: withinP50 / timed, withinP90: withinP90 / timed },
  };
}

/** Skill and difficulty add up in log odds, and so do they in the logarithm of time; each pair is a little different. */
function drawTruths(random: () => number) {
  const draw = (length: number, spread: number): number[] => Array.from({ length }, () => spread * drawNormal(random));
  const [skills, difficulties, tempers] = [draw(agents, 0.8), draw(tasks, 0.8), draw(agents * tasks, 0.4)];
  const [speeds, lengths, spreads] = [draw(agents, 0.3), draw(tasks, 1), draw(agents * tasks, 0.2)];
  return (agent: number, task: number) => {
    const pair = agent * tasks + task;
    const logOdds = 1.2 + (skills[agent] ?? 0) - (difficulties[task] ?? 0) + (tempers[pair] ?? 0);
    return {
      succeeds: 1 / (1 + Math.exp(-logOdds)),
      mu: 10 + (speeds[agent] ?? 0) + (lengths[task] ?? 0),
      sigma: 0.2 + Math.abs(spreads[pair] ?? 0),
    };
  };
}
