import type { ExpectedAttempt } from '../../domain/prediction/expected-attempt';
import { usd } from '../../domain/routing/plain-words';
import { formatElapsed } from '../../domain/duration';

/** What is to be expected of an attempt, in words; empty where there is nothing to say. */
export function predictionWords({ success, durationMs, costUsd }: ExpectedAttempt): string[] {
  const percent = (share: number): string => `${Math.round(share * 100)}%`;
  const range = success && `${Math.round(success.low * 100)} to ${percent(success.high)}`;
  return [
    success
      ? `succeeds in ${percent(success.probability)} of such attempts (nine of ten: ${range}) by ${Math.round(success.outcomes)} outcomes`
      : 'not enough data yet to say how often it succeeds',
    ...(durationMs
      ? [`takes about ${formatElapsed(durationMs.p50)}, nine of ten at most ${formatElapsed(durationMs.p90)}`]
      : []),
    ...(costUsd ? [`costs about ${usd(costUsd.p50)}, nine of ten at most ${usd(costUsd.p90)}`] : []),
  ];
}
