import type { Feature, InsightScope } from './insight';

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** `bug-fix`, or `bug-fix by ada`. */
export function scopeWords({ agent, capability, taskType, plan, task }: InsightScope): string {
  const what = taskType ?? (task === undefined ? 'tasks' : `${task} of plan ${plan ?? ''}`.trim());
  const asked = capability === undefined || capability === what ? '' : ` (${capability})`;
  return `${what}${asked}${agent === undefined ? '' : ` by ${agent}`}`;
}

export function featureWords(feature: Feature): string {
  return Object.entries(feature)
    .map(([name, value]) => `${names[name] ?? name} ${value}`)
    .join(', ');
}

const names: Readonly<Record<string, string>> = { input: 'inputs', from: 'work of', agent: 'agent' };

/** `90 s`, `12 min`, `3.5 h`. */
export function durationWords(ms: number): string {
  const rounded = (value: number): string => String(Number(value.toPrecision(value < 10 ? 2 : 3)));
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${rounded(ms / 1_000)} s`;
  return ms < 7_200_000 ? `${rounded(ms / 60_000)} min` : `${rounded(ms / 3_600_000)} h`;
}
