import type { PlanIndex } from '../../../src/domain/session/outline';
import { policyOf, taskAt } from '../../../src/domain/session/outline';
import { runKey, wholeTask } from '../../../src/domain/session/run-key';
import type { SessionState, SessionStatus, TaskState, TaskStatus } from '../../../src/domain/session/state';
import type { Referee } from './referee';

/** What is wrong with a session that has ended, by the rules of the plan format and the results of its attempts. */
export function wrongEnding(index: PlanIndex, state: SessionState, { books }: Referee): string[] {
  const wrong: string[] = [];
  const check = (holds: boolean, text: string): void => {
    if (!holds) wrong.push(text);
  };
  const expected = expectedStatus(index, state, books.stopped);
  check(state.ended?.status === expected, `the session is ${state.ended?.status}, and should be ${expected}`);
  const failedUnderFail = state.tasks.some(
    ({ status }, at) => status === 'failed' && policyOf(index, at).onFailure === 'fail',
  );

  state.tasks.forEach((task, at) => {
    const { name, needs, conditional, race } = taskAt(index, at);
    const runs = task.items ? task.items.map((run, item) => ({ run, item })) : [{ run: task, item: wholeTask }];
    for (const { run, item } of runs) {
      const verdict = books.verdicts.get(runKey(index, { task: at, item }));
      // Whoever comes second has succeeded for nothing.
      if (race !== undefined && task.status === 'succeeded' && run.reason === 'race-lost') continue;
      check(
        (run.status === 'succeeded') === (verdict === 'succeeded'),
        `${name}[${item}] is ${run.status} after ${verdict}`,
      );
    }
    if (task.items) {
      const all = task.items.every(({ status }) => status === 'succeeded');
      const some = task.items.some(({ status }) => status === 'failed');
      if (race !== undefined) {
        wrong.push(...wrongRace(name, task));
      } else check((task.status === 'succeeded') === all, `${name} is ${task.status} and its items are not`);
      check(
        race !== undefined || (task.status === 'failed') === some,
        `${name} is ${task.status} and its items are not`,
      );
    }
    const blocked = needs.some((need) => {
      const { status, reason } = state.tasks[need] ?? {};
      const continues = policyOf(index, need).onFailure === 'continue';
      // It may have been retried after its dependents had run.
      if (continues && books.disturbed) return false;
      return (
        status === 'cancelled' ||
        (status === 'failed' && !continues) ||
        (status === 'skipped' && reason !== 'condition')
      );
    });
    const { status, reason } = task;
    if (blocked)
      check(
        status === 'skipped' || (status === 'cancelled' && books.disturbed),
        `${name} is ${status} without its needs`,
      );
    if (status === 'skipped' && !blocked && !books.disturbed) {
      const fits = reason === 'condition' ? conditional === true : reason === 'session-failed' && failedUnderFail;
      check(fits, `${name} was skipped for "${reason}"`);
    }
    if (status === 'cancelled') check(books.disturbed, `${name} is cancelled and nobody wanted it`);
  });
  return wrong;
}

/** One racer that succeeds is enough, and only if all have failed, or were left out, has the race. */
function wrongRace(name: string, { status, items = [] }: TaskState): string[] {
  const has = (wanted: TaskStatus): boolean => items.some((racer) => racer.status === wanted);
  const expected = has('succeeded')
    ? 'succeeded'
    : has('cancelled')
      ? 'cancelled'
      : has('failed')
        ? 'failed'
        : 'skipped';
  return status === expected ? [] : [`race ${name} is ${status}, and should be ${expected}`];
}

function expectedStatus(
  index: PlanIndex,
  { tasks }: SessionState,
  stopped: 'cancelled' | 'timed-out' | undefined,
): SessionStatus {
  if (stopped) return stopped === 'cancelled' ? 'cancelled' : 'failed';
  const failures = tasks.flatMap(({ status }, at) => (status === 'failed' ? [policyOf(index, at).onFailure] : []));
  const leftCancelled = tasks.filter(({ status }) => status === 'cancelled').length;
  const successes = tasks.filter(({ status }) => status === 'succeeded').length;
  if (failures.includes('fail')) return 'failed';
  if (failures.length + leftCancelled === 0) return 'succeeded';
  if (successes > 0) return 'partially_succeeded';
  return failures.length > 0 ? 'failed' : 'cancelled';
}
