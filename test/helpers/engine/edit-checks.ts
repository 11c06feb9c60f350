import { isDeepStrictEqual } from 'node:util';
import { agentNameOf } from '../../../src/domain/session/roster';
import type { EditRequested } from '../../../src/domain/session/events';
import type { PlanIndex } from '../../../src/domain/session/outline';
import type { RunState, SessionState, TaskState } from '../../../src/domain/session/state';
import { hasEnded } from '../../../src/domain/session/state';
import { expectThat } from './step-checks';
import type { Step } from './step-checks';

/** An edit that was accepted leaves everything as it was that has begun, and touches nothing else than what it names. */
export function checkEdit(index: PlanIndex, event: EditRequested, { before, decided }: Step): void {
  const { edit } = event;
  const after = decided.index;
  if (!edit || 'refused' in edit || !after) throw new Error('an edit was accepted that brought no plan');
  expectThat(
    isDeepStrictEqual(after.outline, edit.outline),
    () => 'the session goes on with another plan than the edited one',
  );
  expectThat(decided.state.plan === event.to, () => 'the state does not say which plan it is for');
  index.outline.tasks.forEach(({ name }, at) => {
    const was = before.tasks[at] as TaskState;
    const is = decided.state.tasks[after.taskByName.get(name) ?? -1];
    if (!begun(was)) return;
    expectThat(is !== undefined, () => `${name} has begun and was removed`);
    expectThat(edit.changed[name] === undefined, () => `${name} has begun and was changed`);
    if (is)
      expectThat(
        isDeepStrictEqual(
          withNames(index, before, was),
          withNames(after, decided.state, was.status === 'pending' ? beforeItsNeeds(after, decided.state, is) : is),
        ),
        () => `${name} has begun, and the edit made of it ${JSON.stringify(is)}`,
      );
  });
}

function begun(task: TaskState): boolean {
  return task.status === 'running' || (task.attempt ?? 0) > 0 || task.items !== undefined || hasEnded(task);
}

/**
 * What waits to be tried again, and waits for its needs: it may be skipped where the edit has had one of them skipped, and is then what it was but
 * for that.
 */
function beforeItsNeeds(index: PlanIndex, { tasks }: SessionState, task: TaskState): TaskState {
  const needs = index.outline.tasks[tasks.indexOf(task)]?.needs ?? [];
  const isSkipped = ({ status, reason }: RunState): boolean => status === 'skipped' && reason === 'need';
  const isWithoutNeed = needs.some((need) => isSkipped(tasks[need] as TaskState));
  if (!isSkipped(task) || !isWithoutNeed) return task;
  const pending = ({ reason: _, endedAt: __, ...run }: RunState): RunState => ({ ...run, status: 'pending' });
  const items = task.items?.map((item) => (isSkipped(item) ? pending(item) : item));
  return { ...pending(task), ...(items && { items }) };
}

/** Runs that wait in a line may have gone to its end and back. */
function withNames(index: PlanIndex, state: SessionState, task: TaskState): unknown {
  const one = ({ agent, status, reason, queuedAt: _, ...run }: RunState): unknown => ({
    ...run,
    ...(status === 'queued' || status === 'waiting' ? { waits: true } : { status, reason }),
    agent: agent === undefined ? undefined : agentNameOf(index, state, agent),
  });
  const { items, ...whole } = task;
  return [one(whole), items?.map(one)];
}
