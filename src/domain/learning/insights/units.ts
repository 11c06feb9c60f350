import type { Example } from './example';

/**
 * Attempts of one session share its inputs, its plan and its day: they are no independent witnesses. So tests count sessions, and a session that has
 * many attempts says as much as one that has one.
 */
export const smallestSample = 10;

/** What all tests start from: examples of a session one after the other, sessions in order of their ends, oldest first. Filters keep it so. */
export function inOrder(examples: readonly Example[]): Example[] {
  const ends = new Map<string, number>();
  for (const { session, endedAt } of examples) ends.set(session, Math.max(endedAt, ends.get(session) ?? 0));
  const endOf = ({ session }: Example): number => ends.get(session) ?? 0;
  return [...examples].sort(
    (a, b) =>
      endOf(a) - endOf(b) || compareTexts(a.session, b.session) || compareTexts(a.run, b.run) || a.attempt - b.attempt,
  );
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The sessions of examples that are in order. */
export function bySession(examples: readonly Example[]): Example[][] {
  const sessions: Example[][] = [];
  for (const example of examples) {
    const last = sessions.at(-1);
    if (last?.[0]?.session === example.session) last.push(example);
    else sessions.push([example]);
  }
  return sessions;
}

/** Of each session the mean of what its examples say; sessions of which nothing is known are left out. The examples are in order. */
export function sessionMeans(examples: readonly Example[], valueOf: (example: Example) => number | null): number[] {
  const means: number[] = [];
  let [session, sum, count] = ['', 0, 0];
  const finish = (): void => {
    if (count > 0) means.push(sum / count);
    [sum, count] = [0, 0];
  };
  for (const example of examples) {
    if (example.session !== session) finish();
    session = example.session;
    const value = valueOf(example);
    if (value === null) continue;
    sum += value;
    count += 1;
  }
  finish();
  return means;
}

/** The newest third of what is in order of time: what is learnt has to hold there too. */
export function newestThird<T>(values: readonly T[]): readonly T[] {
  return values.slice(-Math.ceil(values.length / 3));
}

export function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group) group.push(value);
    else groups.set(key, [value]);
  }
  return groups;
}

/** The scope of most tests, with the examples in it: a type of task, and the capability that was asked for. */
export interface TaskGroup {
  scope: { capability?: string; taskType: string };
  examples: Example[];
}

export function taskGroups(examples: readonly Example[]): TaskGroup[] {
  const groups = groupBy(examples, ({ capability, taskType }) => JSON.stringify([capability, taskType]));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const { capability, taskType } = first;
    return [{ scope: { ...(capability !== '' && { capability }), taskType }, examples: group }];
  });
}
