import type { z } from 'zod';
import type { SessionOverview } from '../../contracts/ports/session-catalog';
import { isoTime } from '../../contracts/schemas/api/common';
import type { session } from '../../contracts/schemas/api/session';

/** A session as the API shows it. */
export function presentSession(overview: SessionOverview): z.input<typeof session> {
  const { id, planName, planHash, status, progress, createdAt, startedAt, endedAt, forecast } = overview;
  const { total, succeeded, failed, skipped, cancelled, percent } = progress;
  const self = sessionUrl(id);
  return {
    id,
    plan: { name: planName, hash: planHash },
    status,
    createdAt: isoTime(createdAt),
    startedAt: isoTime(startedAt),
    endedAt: isoTime(endedAt),
    progress: { total, succeeded, failed, skipped, cancelled, percent },
    forecast: forecast && {
      at: isoTime(forecast.at),
      p50: isoTime(forecast.p50),
      p90: isoTime(forecast.p90),
      reason: forecast.reason,
    },
    parent: overview.parentSession,
    error: overview.error,
    outputs: overview.outputs,
    links: { self, result: `${self}/result`, tasks: `${self}/tasks`, events: `${self}/events`, plan: `${self}/plan` },
  };
}

export function sessionUrl(id: string): string {
  return `/v1/sessions/${encodeURIComponent(id)}`;
}
