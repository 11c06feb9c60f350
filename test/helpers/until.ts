import { setTimeout as wait } from 'node:timers/promises';

/** Waits for something that no event tells of (a process that is not our child). Rejects after two minutes, naming it: a busy machine is no reason to fail. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs = 120_000,
): Promise<void> {
  const begun = performance.now();
  while (!(await condition())) {
    const waitedMs = performance.now() - begun;
    if (waitedMs > withinMs) throw new Error(`waited ${withinMs} ms in vain until ${what}`);
    // Who has waited for long loses little by asking less often, and leaves the machine to what is waited for.
    await wait(Math.min(200, Math.max(20, waitedMs / 50)));
  }
}
