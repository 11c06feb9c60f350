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
