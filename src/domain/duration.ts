const unitsMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** The written form of a duration: a number and one unit. */
export const durationPattern = /^(\d{1,15}(?:\.\d{1,6})?)(ms|s|m|h|d)$/;

/** The longest duration of a plan: a year. */
export const maxDurationMs = 365 * unitsMs.d;

/** Milliseconds of a duration like `500ms`, `10s`, `1.5h`; undefined when it is none, or longer than a year. Rounded to whole milliseconds. */
export function parseDuration(text: string): number | undefined {
  const match = durationPattern.exec(text);
  if (!match) return undefined;
  const durationMs = Math.round(Number(match[1]) * unitsMs[match[2] as keyof typeof unitsMs]);
  return durationMs <= maxDurationMs ? durationMs : undefined;
}

/** The shortest exact form: `90000` ms is `90s`, `7200000` ms is `2h`. `durationMs` is whole and not negative. */
export function formatDuration(durationMs: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (durationMs > 0 && durationMs % unitsMs[unit] === 0) return `${durationMs / unitsMs[unit]}${unit}`;
  }
  return `${durationMs}ms`;
}

/** `0.3s`, `12s`, `1m 05s`, `2h 03m`, `3d 4h`: two units at most, for people. */
export function formatElapsed(durationMs: number): string {
  const ms = Math.max(0, durationMs);
  if (ms < 9_950) return `${(ms / 1_000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${twoDigits(seconds % 60)}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}h ${twoDigits(minutes % 60)}m`;
  return `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

/** For people: what somebody has written as a duration as they wrote it (`8h`, `90s`), and any other as time that has passed (`7h 59m`). */
export function durationWords(durationMs: number): string {
  const exact = formatDuration(durationMs);
  return /^\d{1,3}\D+$/.test(exact) ? exact : formatElapsed(durationMs);
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
