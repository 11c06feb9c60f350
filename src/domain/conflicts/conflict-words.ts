import type { Blocker } from './conflict-line';

/** `file:src/a.ts, which task fix of session hello-k3f9 writes` */
export function blockerWords({ mine, theirs, theirAccess, session, run, isRunning }: Blocker): string {
  const task = `task ${run} of session ${session}`;
  const verb = isRunning ? theirAccess : `is before it in the line to ${theirAccess.slice(0, -1)}`;
  if (mine.text === theirs.text) return `${mine.text}, which ${task} ${verb}`;
  return `${mine.text}, of which ${task} ${verb} ${theirs.text}`;
}

/** The same of a run that waits; one whom nobody keeps waiting is about to go. `question`: what is asked about it, and not answered. */
export function waitWords(blocker: Blocker | undefined, question: string | null = null): string {
  if (!blocker) return 'its turn, which has just come';
  return question === null ? blockerWords(blocker) : `${blockerWords(blocker)}; or the answer to ${question}`;
}

/** The question that somebody has still to answer about a run that waits. */
export function openQuestion({
  approval,
  isAnswered,
}: {
  approval: string | null;
  isAnswered: boolean;
}): string | null {
  return isAnswered ? null : approval;
}
