import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isSameProcess, readStartTime } from '../processes/read-process';

/** A lock held by this process until it releases it or dies. */
export interface DirectoryLock {
  release(): void;
}

export type LockAttempt = { lock: DirectoryLock } | { heldBy: number };

/**
 * Tries to take the lock that lives in `directory`. Every contender puts a claim there (a file named after its pid and start time),
 * then looks for claims of other living processes, and withdraws its own if there is one. Of two contenders at least the later one
 * sees the other, so two can never hold the lock; both may withdraw, so try again after a random pause. A claim of a dead
 * process counts for nothing, and as its name is never used again, anybody may remove it at any time.
 */
export function tryLock(directory: string): LockAttempt {
  mkdirSync(directory, { recursive: true });
  const claim = `${process.pid}_${readStartTime(process.pid)}_${randomUUID()}`;
  const claimFile = path.join(directory, claim);
  closeSync(openSync(claimFile, 'wx'));
  const lock = { release: () => rmSync(claimFile, { force: true }) };
  const others = readdirSync(directory).filter((name) => name !== claim);
  const heldBy = others.find(isAlive);
  if (heldBy !== undefined) {
    lock.release();
    return { heldBy: pidOf(heldBy) };
  }
  for (const dead of others) rmSync(path.join(directory, dead), { force: true });
  return { lock };
}

/** Waits for the lock until `signal` is aborted; `onWait` hears once, and only after a second, who holds it. */
export async function waitForLock(
  directory: string,
  signal: AbortSignal,
  onWait: (heldBy: number) => void,
): Promise<DirectoryLock> {
  const startedAt = performance.now();
  for (let told = false; ;) {
    const attempt = tryLock(directory);
    if ('lock' in attempt) return attempt.lock;
    if (!told && performance.now() - startedAt > 1_000) {
      told = true;
      onWait(attempt.heldBy);
    }
    await pauseBetweenAttempts(signal);
  }
}

/** A random pause, so that contenders that keep meeting each other part. */
export function pauseBetweenAttempts(signal: AbortSignal): Promise<void> {
  return wait(50 + Math.random() * 200, undefined, { signal });
}

function pidOf(claim: string): number {
  return Number(claim.split('_')[0]);
}

function isAlive(claim: string): boolean {
  // The start time may itself hold underscores, the random id at the end does not.
  const startTime = claim.slice(claim.indexOf('_') + 1, claim.lastIndexOf('_'));
  return isSameProcess(pidOf(claim), startTime);
}
