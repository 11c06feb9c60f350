import type { Blocker } from './conflict-line';

/** `file:src/a.ts, which task fix of session hello-k3f9 writes` */
export function blockerWords({ mine, theirs, theirAccess, session, run, isRunning }: Blocker): string {
  const task = `task ${run} of session ${session}`;
  const verb = isRunning ? theirAccess : `is before it in the line to ${theirAccess.slice(0, -1)}`;
  if (mine.text === theirs.text) return `${mine.text}, which ${task} ${verb}`;
  return `${mine.text}, of which ${task} ${verb} ${theirs.text}`;
}

/** The same of a run that waits; one whom nobody keeps waiting is about to go. */
export function waitWords(blocker: Blocker | undefined): string {
  return blocker ? blockerWords(blocker) : 'its turn, which has just come';
}
