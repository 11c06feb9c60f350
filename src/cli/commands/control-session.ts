import { setTimeout as delay } from 'node:timers/promises';
import { list } from '../../domain/routing/plain-words';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder, Installation, Session } from '../ports';
import { statusWords } from '../report/session-words';
import { withSession, withTask } from './with-session';

/** How long a retry waits for a worker to reopen the session, so that a watch that follows finds it open. */
const reopenTimeoutMs = 10_000;

export function pauseSession(host: CommandLineHost, folder: DataFolder, id: string, now: boolean): Promise<number> {
  return withSession(host, folder, id, async (session) => {
    const { status } = await session.pause({ now });
    const running = now ? 'what runs is stopped, and runs again after the pause' : 'what runs may finish';
    return say(host, `Session ${session.id} is ${statusWords(status)}; ${running}.`);
  });
}

export function resumeSession(host: CommandLineHost, folder: DataFolder, id: string): Promise<number> {
  return withSession(host, folder, id, async (session, installation) => {
    const { status } = await session.resume();
    await warnWithoutWorkers(host, installation);
    return say(host, `Session ${session.id} is ${statusWords(status)}.`);
  });
}

export function cancelSession(
  host: CommandLineHost,
  folder: DataFolder,
  id: string,
  reason: string | undefined,
): Promise<number> {
  return withSession(host, folder, id, async (session) => {
    await session.cancel({ ...(reason !== undefined && { reason }) });
    return say(host, `Session ${session.id} is being cancelled; its agents are told to stop.`);
  });
}

export function cancelTask(
  host: CommandLineHost,
  folder: DataFolder,
  id: string,
  task: string,
  reason: string | undefined,
): Promise<number> {
  return withSession(host, folder, id, async (session) => {
    await session.cancelTask(task, { ...(reason !== undefined && { reason }) });
    return say(host, `Task ${task} of session ${session.id} is being cancelled; the session goes on.`);
  });
}

/** Cancels a task that was submitted by itself, and so its session. Throws TASK_NOT_FOUND. */
export function cancelSingleTask(
  host: CommandLineHost,
  folder: DataFolder,
  id: string,
  reason: string | undefined,
): Promise<number> {
  return withTask(host, folder, id, async (session) => {
    await session.cancel({ ...(reason !== undefined && { reason }) });
    return say(host, `Task ${session.id} is being cancelled; its agent is told to stop.`);
  });
}

export function retrySession(
  host: CommandLineHost,
  folder: DataFolder,
  id: string,
  task: string | undefined,
): Promise<number> {
  return withSession(host, folder, id, async (session, installation) => {
    const before = await session.overview();
    await session.retry({ ...(task !== undefined && { task }) });
    await warnWithoutWorkers(host, installation);
    const isOpen = before.endedAt === null || (await reopened(session, before.turn));
    const what = task === undefined ? 'what failed' : `task ${task}`;
    const watch = `\`orchestra${folder.argument} sessions watch ${session.id}\``;
    if (isOpen) return say(host, `Session ${session.id} tries ${what} again. Watch it with ${watch}.`);
    return say(host, `Session ${session.id} will try ${what} again as soon as a worker takes it.`);
  });
}

async function reopened(session: Session, turnBefore: number): Promise<boolean> {
  for (const deadline = performance.now() + reopenTimeoutMs; performance.now() < deadline; await delay(50)) {
    const { turn, endedAt } = await session.overview();
    if (endedAt === null || turn > turnBefore) return true;
  }
  return false;
}

async function warnWithoutWorkers(host: CommandLineHost, installation: Installation): Promise<void> {
  const missing = await installation.missingWorkers();
  if (missing.length === 0) return;
  await host.stderr.write(`No worker takes ${list(missing)} now: start \`orchestra worker\`.\n`);
}

async function say(host: CommandLineHost, message: string): Promise<number> {
  await host.stdout.write(`${message}\n`);
  return exitCodes.succeeded;
}
