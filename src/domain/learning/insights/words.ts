import type { Feature, InsightScope } from './insight';

export function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
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

const names: Readonly<Record<string, string>> = {
  input: 'inputs',
  from: 'work of',
  agent: 'agent',
  file: 'changes of',
};
