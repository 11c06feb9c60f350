import { fisherTest } from './statistics/fisher';
import { mean, median } from './statistics/summary';
import { concerns } from './concerns';
import type { Insight } from './insight';
import type { Example } from './example';
import { inOrder, sessionMeans, smallestSample } from './units';

/** What attempts came to whose prompts told an insight, against those of its scope whose prompts did not, since it was told first. */
export interface InsightEffect {
  withIt: EffectPart;
  without: EffectPart;
  /** 0–100: how sure it is that the two differ in success, by Fisher's exact test of their sessions; null where there are too few. */
  confidence: number | null;
}

export interface EffectPart {
  attempts: number;
  sessions: number;
  /** 0–1. Null where there are no attempts. */
  success: number | null;
  /** Of successes. */
  medianDurationMs: number | null;
}

/** Undefined where no example was told it. Of an insight on one agent, only its own attempts count. */
export function effectOf(
  insight: Pick<Insight, 'scope' | 'feature'> & { id: string },
  examples: readonly Example[],
): InsightEffect | undefined {
  return effectTestOf(insight, examples)?.effect;
}

/** With the p-value of its test; null where there are too few sessions for one. */
export function effectTestOf(
  insight: Pick<Insight, 'scope' | 'feature'> & { id: string },
  examples: readonly Example[],
): { effect: InsightEffect; p: number | null } | undefined {
  const { agent } = insight.scope;
  const told = examples.filter(
    (one) => one.applied.includes(insight.id) && (agent === undefined || agent === one.agent),
  );
  if (told.length === 0) return undefined;
  const since = Math.min(...told.map(({ startedAt, endedAt }) => startedAt ?? endedAt));
  const untold = examples.filter(
    (example) =>
      !example.applied.includes(insight.id) &&
      (example.startedAt ?? example.endedAt) >= since &&
      concerns(insight, { ...example, inputBytes: () => example.inputBytes ?? 0 }),
  );
  const [withIt, without] = [sharesOf(told), sharesOf(untold)];
  const share = (shares: readonly number[]) => ({ hits: shares.filter((one) => one >= 0.5).length, of: shares.length });
  const isEnough = Math.min(withIt.length, without.length) >= smallestSample;
  const p = isEnough ? fisherTest(share(withIt), share(without)) : null;
  const confidence = p === null ? null : Math.round(100 * (1 - p));
  return { effect: { withIt: partOf(told, withIt), without: partOf(untold, without), confidence }, p };
}

function sharesOf(examples: readonly Example[]): number[] {
  return sessionMeans(inOrder(examples), ({ success }) => success);
}

function partOf(examples: readonly Example[], shares: readonly number[]): EffectPart {
  const durations = examples.flatMap(({ succeeded, durationMs }) =>
    succeeded && durationMs !== null ? [durationMs] : [],
  );
  return {
    attempts: examples.length,
    sessions: shares.length,
    success: shares.length === 0 ? null : mean(shares),
    medianDurationMs: durations.length === 0 ? null : median(durations),
  };
}
