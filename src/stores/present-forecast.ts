import type { SessionForecast, SessionOverview } from '../contracts/ports/session-catalog';
import { isOfData, pausedReason } from '../domain/prediction/why-unknown';

/** With the turn at which it was made. */
export type StoredForecast = SessionForecast & { turn: number };

/**
 * What a forecast still says of a session that may have gone on since. Times hold roughly, and what is not measured yet is not measured soon; but
 * what else was in the way may be over: then nobody has looked yet. That a session is paused is known without looking.
 */
export function presentForecast(
  stored: StoredForecast | null,
  { status, turn }: Pick<SessionOverview, 'status' | 'turn'>,
): SessionForecast | null {
  if (stored === null) return null;
  const { turn: madeAt, ...forecast } = stored;
  if (status === 'paused') return { at: forecast.at, p50: null, p90: null, reason: pausedReason };
  const isOver = madeAt !== turn && forecast.reason !== null && !isOfData(forecast.reason);
  return isOver ? null : forecast;
}
