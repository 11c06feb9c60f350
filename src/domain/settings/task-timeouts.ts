import { parseDuration } from '../duration';

/** What attempts at a task may take at most, in milliseconds, by `taskKey`. */
export type TaskTimeouts = ReadonlyMap<string, number>;

/** `timeout.PLAN/TASK`: what attempts at the task may take, by agents of registries, where that is less than the plan allows. */
export const timeoutKeyPrefix = 'timeout.';

/** Of a task of plans of the name. */
export function taskKey(plan: string, task: string): string {
  return `${plan}/${task}`;
}

/** Those of a workspace's options. */
export function taskTimeouts(options: object): TaskTimeouts {
  const written = Object.entries(options).filter(([key]) => key.startsWith(timeoutKeyPrefix));
  return new Map(
    written.flatMap(([key, value]): [string, number][] => {
      const timeoutMs = parseDuration(String(value));
      return timeoutMs === undefined ? [] : [[key.slice(timeoutKeyPrefix.length), timeoutMs]];
    }),
  );
}

/** Any task may have one: plans make up their names. */
export function isTimeoutKey(key: string): boolean {
  return /^timeout\.[\w.-]{1,63}\/\w{1,63}$/.test(key);
}

/** A duration, as plans write it, of a second at least. */
export function isTaskTimeout(value: unknown): boolean {
  return typeof value === 'string' && (parseDuration(value) ?? 0) >= 1_000;
}
