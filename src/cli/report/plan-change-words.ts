import type { PlanChanges } from '../../domain/plan/plan-changes';

/** A line for each thing that an edit does: `+ report`, `~ fix (needs, prompt)`, `- old`, `concurrency`. */
export function planChangeLines({ added, removed, changed, settings }: PlanChanges): string[] {
  return [
    ...added.map((task) => `+ ${task}`),
    ...Object.entries(changed).map(([task, fields]) => `~ ${task} (${fields.join(', ')})`),
    ...removed.map((task) => `- ${task}`),
    ...settings.map((setting) => `~ ${setting} of the plan`),
  ];
}

const shown = 8;

/** The same in one line. */
export function planChangeWords({ added, removed, changed, settings }: PlanChanges): string {
  const words = [
    ...added.map((task) => `+${task}`),
    ...Object.keys(changed).map((task) => `~${task}`),
    ...removed.map((task) => `-${task}`),
    ...settings,
  ];
  return words.length > shown
    ? `${words.slice(0, shown).join(', ')} and ${words.length - shown} more`
    : words.join(', ');
}
