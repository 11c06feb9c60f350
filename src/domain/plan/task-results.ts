import type { TaskResult } from '../expressions/expression-scope';
import type { Json } from '../json';

/** What is known of a run: of a task itself, or of one item of a fan-out. */
export interface RunResult {
  task: string;
  /** -1 for the task itself. */
  item: number;
  /** Of a fan-out: how many items it has; of a race, how many racers. */
  items?: number | null;
  isRace?: boolean;
  status: string;
  /** Present for runs that succeeded with an output. */
  outputHash?: string | undefined;
  error?: string | null;
}

/**
 * What expressions see of tasks. The output of a race is that of its winner, the one racer that has succeeded. The output of a fan-out is the list of its items' outputs, in order; the output of a task that did
 * not succeed is null.
 */
export function taskResults(
  runs: readonly RunResult[],
  outputs: ReadonlyMap<string, Json>,
): Record<string, TaskResult> {
  const results: Record<string, TaskResult> = {};
  const items = new Map<string, RunResult[]>();
  for (const run of runs) {
    if (run.item < 0) continue;
    const known = items.get(run.task);
    if (known) known.push(run);
    else items.set(run.task, [run]);
  }
  const outputOf = ({ outputHash }: RunResult): Json =>
    outputHash === undefined ? null : (outputs.get(outputHash) ?? null);
  const winnersOutput = (racers: readonly RunResult[] = []): Json => {
    const winner = racers.find(({ status }) => status === 'succeeded');
    return winner ? outputOf(winner) : null;
  };
  for (const run of runs) {
    if (run.item >= 0) continue;
    const parts =
      typeof run.items === 'number' ? (items.get(run.task) ?? []).sort((a, b) => a.item - b.item) : undefined;
    const succeeded = run.status === 'succeeded';
    const output = run.isRace ? winnersOutput(parts) : parts ? parts.map(outputOf) : outputOf(run);
    results[run.task] = {
      output: succeeded ? output : null,
      status: run.status,
      error: succeeded ? null : (run.error ?? null),
    };
  }
  return results;
}
