import type { AttemptExample } from '../../contracts/ports/example-reader';
import { formatElapsed } from '../../domain/duration';
import { safeLine } from '../terminal/safe-text';

/** The past of a task for people, each example with what `orchestra explain` takes. */
export function outlookLines(
  { examples, risks }: { examples: readonly AttemptExample[]; risks: readonly string[] },
  workspace: string,
): string[] {
  return [
    ...(risks.length > 0 ? [`  Risks of the task: ${risks.map(safeLine).join('; ')}`] : []),
    ...examples.map(
      (example) => `  Like it (${Math.round(example.similarity * 100)}%): ${exampleWords(example, workspace)}`,
    ),
  ];
}

function exampleWords({ session, run, agent, verdict, durationMs, error }: AttemptExample, viewer: string): string {
  const { workspace, name } = agent;
  const by = workspace === undefined || workspace === viewer ? name : `${workspace}/${name}`;
  const took = durationMs === null ? '' : ` in ${formatElapsed(durationMs)}`;
  const [why = ''] = (error ?? '').split('\n');
  return safeLine(`${session} ${run} by ${by}: ${verdict}${took}${why === '' ? '' : `, ${why}`}`);
}

/** For programs: times as ISO texts. */
export function exampleReport({ endedAt, ...example }: AttemptExample): object {
  return { ...example, endedAt: new Date(endedAt).toISOString() };
}
