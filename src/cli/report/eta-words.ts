import type { SessionForecast, SessionOverview } from '../../contracts/ports/session-catalog';
import { formatElapsed } from '../../domain/duration';

type Forecasted = Pick<SessionOverview, 'forecast'>;

/** `about 4m 10s left, at most 7m 03s in nine of ten cases`; why nobody can say; undefined where nobody has looked yet. */
export function etaWords({ forecast }: Forecasted, now: number): string | undefined {
  if (forecast === null) return undefined;
  if (forecast.reason !== null) return `when it ends is not known: ${forecast.reason}`;
  const { p50, p90 } = leftMs(forecast, now);
  return `about ${formatElapsed(p50)} left, at most ${formatElapsed(p90)} in nine of ten cases`;
}

/** For a table. */
export function shortEta({ forecast }: Forecasted, now: number): string {
  return forecast?.p50 == null ? '-' : `~${formatElapsed(leftMs(forecast, now).p50)}`;
}

/** What `-o json` prints: times in ISO 8601, and what was left of them when they were read; or null, and why. */
export interface EtaReport {
  eta: { p50: string; p90: string; at: string; remainingMs: { p50: number; p90: number } } | null;
  /** Null where there is an `eta`, and where nobody has looked yet. */
  etaReason: string | null;
}

export function etaReport({ forecast }: Forecasted, now: number): EtaReport {
  if (forecast?.p50 == null) return { eta: null, etaReason: forecast?.reason ?? null };
  const iso = (epochMs: number): string => new Date(epochMs).toISOString();
  const { at, p50, p90 } = forecast;
  return { eta: { p50: iso(p50), p90: iso(p90), at: iso(at), remainingMs: leftMs(forecast, now) }, etaReason: null };
}

/** A time that has passed is over: the next forecast will say more. */
function leftMs({ p50, p90 }: Extract<SessionForecast, { p50: number }>, now: number): { p50: number; p90: number } {
  return { p50: Math.max(0, Math.round(p50 - now)), p90: Math.max(0, Math.round(p90 - now)) };
}
