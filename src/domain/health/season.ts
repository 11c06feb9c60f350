import { median } from './robust';

/** What the same time of day was like on the days before: medians of half hours, of the last seven days on which there were any. */
export interface Season {
  /** By number of the half hour in the day, oldest day first. */
  slots: Record<string, number[]>;
  /** The half hour that goes on. */
  current: { slot: number; values: number[] } | null;
}

const slotMs = 1_800_000;
const slotsOfDay = 48;
const rememberedDays = 7;
/** Days that have to be known before growth means anything. */
const fewestDays = 2;
/** Values at the end of the window whose median is the present level. */
const presentSize = 10;
/** Of a half hour, not every value is needed for its median. */
const mostValues = 60;

export function noteInSeason(season: Season, at: number, scaled: number): Season {
  const slot = Math.floor(at / slotMs);
  const { current } = season;
  if (current?.slot === slot) {
    if (current.values.length >= mostValues) return season;
    return { ...season, current: { slot, values: [...current.values, scaled] } };
  }
  if (!current) return { ...season, current: { slot, values: [scaled] } };
  const key = String(current.slot % slotsOfDay);
  const kept = [...(season.slots[key] ?? []), median(current.values)].slice(-rememberedDays);
  return { slots: { ...season.slots, [key]: kept }, current: { slot, values: [scaled] } };
}

/**
 * How far the present level is above the most that this time of day, an hour earlier and an hour later included, has had on the days before, on the
 * metric's scale; undefined as long as two days are not known.
 */
export function excessOverDays(
  season: Season,
  at: number,
  window: readonly number[],
): { over: number; most: number } | undefined {
  const slot = Math.floor(at / slotMs);
  const near = [-2, -1, 0, 1, 2].map((step) => (((slot + step) % slotsOfDay) + slotsOfDay) % slotsOfDay);
  const days = near.map((key, index) => {
    const values = season.slots[String(key)] ?? [];
    // The half hours just before are of today.
    return index < 2 ? values.slice(0, -1) : values;
  });
  if (days.some((values) => values.length < fewestDays)) return undefined;
  const most = Math.max(...days.flat());
  return { over: median(window.slice(-presentSize)) - most, most };
}
