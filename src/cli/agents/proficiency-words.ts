import type { PastStep } from '../../contracts/ports/learnings-reader';
import { formatDate } from '../terminal/format-time';

/** What outcomes made of each capability: `prose 0.8 → 0.65 (2026-11-22 10:00)`, the latest step of each first. */
export function proficiencyWords(steps: readonly PastStep[]): string {
  const latest = new Map<string, PastStep>();
  for (const step of steps) if (!latest.has(step.capability)) latest.set(step.capability, step);
  return [...latest.values()]
    .map(({ capability, from, to, at }) => `${capability} ${from} → ${to} (${formatDate(at)})`)
    .join(', ');
}

/** For programs: times as ISO texts. */
export function proficiencyReport(steps: readonly PastStep[]): object[] {
  return steps.map(({ at, ...step }) => ({ ...step, at: new Date(at).toISOString() }));
}
