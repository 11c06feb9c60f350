import type { Assignment } from '../routing/assignment';
import { Verdict } from '../verdict';

/** A decision of routing, with what came of the attempt. */
export interface DecidedAttempt {
  assignment: Pick<Assignment, 'strategy' | 'explored' | 'prediction'>;
  /** Null while it has not ended, and where its end says nothing of the agent. */
  outcome: { verdict: string; durationMs: number | null } | null;
}

export interface StrategyMetrics {
  strategy: string;
  assignments: number;
  /** Of which another agent was believed to be best. */
  explored: number;
  /** Means over the attempts that were predicted and have ended; null where none was. */
  predicted: number | null;
  observed: number | null;
}

/** What was predicted beside what was observed. */
export interface Calibration {
  predictions: number;
  /** The mean distance of predicted and observed success, over tenths of what was predicted, by how many predictions they hold. */
  calibrationError: number;
  /** The tenths that hold any. */
  bins: { from: number; predictions: number; predicted: number; observed: number }[];
  durations: { predictions: number; withinP50: number; withinP90: number } | null;
}

/** With fewer predictions, chance makes most of the difference. */
export const fewestPredictions = 100;

export interface RoutingMetrics {
  /** All together first, then each strategy. */
  strategies: StrategyMetrics[];
  /** Attempts that were predicted and have ended. */
  predictions: number;
  /** Null with fewer than 100 of these. */
  calibration: Calibration | null;
}

export function routingMetricsOf(decided: readonly DecidedAttempt[]): RoutingMetrics {
  const strategies = [...new Set(decided.map(({ assignment }) => assignment.strategy))].sort();
  const predicted = heldAgainst(decided);
  return {
    strategies: [
      strategyMetrics('all', decided),
      ...strategies.map((one) =>
        strategyMetrics(
          one,
          decided.filter(({ assignment }) => assignment.strategy === one),
        ),
      ),
    ],
    predictions: predicted.length,
    calibration: predicted.length < fewestPredictions ? null : calibrationOf(predicted),
  };
}

interface HeldPrediction {
  probability: number;
  succeeded: boolean;
  /** Of a success. */
  took: { durationMs: number; p50: number; p90: number } | null;
}

function heldAgainst(decided: readonly DecidedAttempt[]): HeldPrediction[] {
  return decided.flatMap(({ assignment: { prediction }, outcome }) => {
    if (!prediction?.success || !outcome) return [];
    const succeeded = outcome.verdict === Verdict.succeeded;
    const { durationMs: expected } = prediction;
    const took =
      succeeded && expected && outcome.durationMs !== null ? { ...expected, durationMs: outcome.durationMs } : null;
    return [{ probability: prediction.success.probability, succeeded, took }];
  });
}

function strategyMetrics(strategy: string, decided: readonly DecidedAttempt[]): StrategyMetrics {
  const predicted = heldAgainst(decided);
  return {
    strategy,
    assignments: decided.length,
    explored: decided.filter(({ assignment }) => assignment.explored).length,
    predicted: mean(predicted, ({ probability }) => probability),
    observed: mean(predicted, ({ succeeded }) => Number(succeeded)),
  };
}

function calibrationOf(predicted: readonly HeldPrediction[]): Calibration {
  const bins = Array.from({ length: 10 }, (_, tenth) => {
    const own = predicted.filter(({ probability }) => Math.min(9, Math.floor(probability * 10)) === tenth);
    const [of, observed] = [
      mean(own, ({ probability }) => probability),
      mean(own, ({ succeeded }) => Number(succeeded)),
    ];
    return { from: tenth / 10, predictions: own.length, predicted: of ?? 0, observed: observed ?? 0 };
  }).filter(({ predictions }) => predictions > 0);
  const timed = predicted.flatMap(({ took }) => (took ? [took] : []));
  const distance = bins.reduce((sum, bin) => sum + bin.predictions * Math.abs(bin.predicted - bin.observed), 0);
  return {
    predictions: predicted.length,
    calibrationError: distance / predicted.length,
    bins,
    durations:
      timed.length === 0
        ? null
        : {
            predictions: timed.length,
            withinP50: mean(timed, ({ durationMs, p50 }) => Number(durationMs <= p50)) ?? 0,
            withinP90: mean(timed, ({ durationMs, p90 }) => Number(durationMs <= p90)) ?? 0,
          },
  };
}

function mean<T>(items: readonly T[], value: (item: T) => number): number | null {
  return items.length === 0 ? null : items.reduce((sum, item) => sum + value(item), 0) / items.length;
}
