import { isDeepStrictEqual } from 'node:util';
import type { Decided } from '../../../src/domain/session/decide';
import type { Decision, SessionEvent } from '../../../src/domain/session/events';
import type { PlanIndex } from '../../../src/domain/session/outline';
import { policyOf, taskAt } from '../../../src/domain/session/outline';
import { parseRunKey, runKey, splitRunKey, wholeTask } from '../../../src/domain/session/run-key';
import type { SessionState, TaskState } from '../../../src/domain/session/state';
import { findRun, hasEnded } from '../../../src/domain/session/state';

/** One application of the engine. */
export interface Step {
  cause: SessionEvent | Decision;
  now: number;
  before: SessionState;
  decided: Decided;
}

/** For a step that must not change anything: a duplicate, or something that came too late. */
export function checkNothingHappened({ before, decided }: Step, why: string): void {
  expectThat(decided.commands.length === 0 && decided.facts.length === 0, () => `${why}, and yet it did something`);
  expectThat(isDeepStrictEqual(before, decided.state), () => `${why}, and yet the state changed`);
}

/** The rule of the plan format, read from the results of the needs. */
export function checkNeeds(index: PlanIndex, task: number, state: SessionState): void {
  for (const need of taskAt(index, task).needs) {
    const { status, reason } = state.tasks[need] ?? {};
    const allows =
      status === 'succeeded' ||
      (status === 'skipped' && reason === 'condition') ||
      (status === 'failed' && policyOf(index, need).onFailure === 'continue');
    expectThat(allows, () => `task ${task} started although its need ${need} is ${status}`);
  }
}

/** A success, and a skip by the task's own condition, stand for ever. */
export function checkFinality(before: SessionState, after: SessionState): void {
  const stands = (was: TaskState, is: TaskState | undefined, name: string): void => {
    if (was === is) return;
    const isFinal = was.status === 'succeeded' || (was.status === 'skipped' && was.reason === 'condition');
    expectThat(
      !isFinal || (is?.status === was.status && is.attempt === was.attempt),
      () => `${name} had ended and changed`,
    );
  };
  before.tasks.forEach((task, at) => {
    const next = after.tasks[at];
    stands(task, next, `task ${at}`);
    if (task.items !== next?.items)
      task.items?.forEach((item, position) => stands(item, next?.items?.[position], `${at}[${position}]`));
  });
}

/** A retry resets all that it should, and nothing else. */
export function checkRetry(
  index: PlanIndex,
  name: string | undefined,
  before: SessionState,
  { state, facts }: Decided,
): void {
  const reset = new Set(facts.flatMap((fact) => (fact.type === 'task-reset' ? [fact.run] : [])));
  before.tasks.forEach((task, at) => {
    const key = runKey(index, { task: at, item: wholeTask });
    const failed = task.status === 'failed' || task.status === 'cancelled';
    const skipped = task.status === 'skipped' && task.reason !== 'condition';
    expectThat(!reset.has(key) || failed || skipped, () => `${key} was reset although it is ${task.status}`);
    const wanted = skipped || (failed && (name === undefined || name === key));
    expectThat(!wanted || reset.has(key), () => `${key} was not reset`);
    if (!hasEnded(task) && task.startedAt !== undefined) {
      expectThat(state.tasks[at] === task, () => `${key} is under way and was changed by a retry`);
    }
  });
  expectThat(
    name === undefined || !hasEnded(state.tasks[index.taskByName.get(name) ?? -1] ?? { status: 'failed' }),
    () => {
      return `${name} was retried and has ended at once`;
    },
  );
}

/** What was cancelled has ended or was told to stop, and nobody else was. */
export function checkCancelledTask(
  index: PlanIndex,
  run: string,
  before: SessionState,
  { state, commands }: Decided,
): void {
  const ref = parseRunKey(index, run);
  if (!ref) throw new Error(`${run} was cancelled, and there is no such task`);
  const whole = findRun(state, ref);
  const leaves = ref.item === wholeTask ? (state.tasks[ref.task]?.items ?? [whole]) : [whole];
  for (const leaf of leaves) {
    const isStopped = leaf && (hasEnded(leaf) || leaf.stop === 'cancel' || leaf.stop === 'race-lost');
    expectThat(isStopped === true, () => `${run} was cancelled and is ${leaf?.status}`);
  }
  for (const command of commands) {
    const isStop = command.type === 'stop-attempt' || command.type === 'tell-child';
    const isOther = isStop && command.run !== run && splitRunKey(command.run).name !== run;
    expectThat(!isOther, () => `${run} was cancelled, and somebody else was told to stop`);
  }
  const others = state.tasks.filter(({ status }, at) => status === 'cancelled' && before.tasks[at]?.status !== status);
  expectThat(others.length <= 1, () => `${run} was cancelled, and others with it`);
}

/** The text is a function, because it is seldom needed and thousands are not. */
export function expectThat(holds: boolean, text: () => string): void {
  if (!holds) throw new Error(text());
}
