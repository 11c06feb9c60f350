import { setTimeout as wait } from 'node:timers/promises';

/** Waits for something that no event tells of (a process that is not our child). Rejects after 20 s, naming it. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs = 20_000,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited ${withinMs} ms in vain until ${what}`);
    await wait(20);
  }
}
