import type { Without } from '../without';
import type { Command, Fact } from './events';
import type { PlanIndex } from './outline';
import { policyOf, taskAt } from './outline';
import type { RunRef } from './run-key';
import { parseRunKey, runKey, wholeTask } from './run-key';
import type { Reason, RunState, SessionState, TaskState, TaskStatus } from './state';
import { hasEnded, isInLine } from './state';

/**
 * The work in progress of one decision: a copy of the state in which records are copied when they are first changed, so that the
 * state that came in stays as it was.
 */
export class Draft {
  state: SessionState;
  readonly commands: Command[] = [];
  readonly facts: Fact[] = [];
  /** Runs whose record changed, by key. */
  readonly touched = new Map<string, RunRef>();
  /** Tasks whose needs are to be looked at again. */
  readonly toConsider: number[] = [];
  private readonly ownedItems = new Set<number>();

  constructor(
    public index: PlanIndex,
    before: SessionState,
    /** Milliseconds since 1970. */
    readonly now: number,
  ) {
    this.state = {
      ...before,
      tasks: [...before.tasks],
      toEvaluate: [...before.toEvaluate],
      queue: [...before.queue],
      load: [...before.load],
    };
  }

  /** Goes on with another plan: the state refers to its tasks and agents from here on. */
  adopt(index: PlanIndex, state: SessionState): void {
    this.index = index;
    this.state = state;
    this.ownedItems.clear();
    for (const key of [...this.touched.keys()]) {
      const ref = parseRunKey(index, key);
      if (ref) this.touched.set(key, ref);
      else this.touched.delete(key);
    }
  }

  /** Milliseconds since the session started. */
  get elapsed(): number {
    return this.now - this.state.startedAt;
  }

  task(task: number): Readonly<TaskState> {
    const found = this.state.tasks[task];
    if (!found) throw new RangeError(`no task ${task} in the state`);
    return found;
  }

  run(ref: RunRef): Readonly<RunState> {
    const found = ref.item === wholeTask ? this.task(ref.task) : this.task(ref.task).items?.[ref.item];
    if (!found) throw new RangeError(`no run ${ref.task}[${ref.item}] in the state`);
    return found;
  }

  /** The record of the run, ready to be changed. */
  edit(ref: RunRef): RunState {
    const key = runKey(this.index, ref);
    if (ref.item === wholeTask) {
      const current = this.task(ref.task);
      if (this.touched.has(key)) return current;
      this.touched.set(key, ref);
      return (this.state.tasks[ref.task] = { ...current });
    }
    const items = this.editItems(ref.task);
    if (this.touched.has(key)) return this.run(ref);
    this.touched.set(key, ref);
    return (items[ref.item] = { ...this.run(ref) });
  }

  setItems(task: number, items: RunState[]): void {
    (this.edit({ task, item: wholeTask }) as TaskState).items = items;
    this.ownedItems.add(task);
  }

  setStatus(ref: RunRef, status: TaskStatus, reason?: Reason): RunState {
    const run = this.edit(ref);
    const wasInLine = isInLine(run);
    run.status = status;
    if (reason === undefined) delete run.reason;
    else run.reason = reason;
    // Said once, it holds for one start.
    if (status !== 'queued' && status !== 'waiting') {
      delete run.ignoresConflicts;
      delete run.wasLost;
    }
    this.state.inLine += Number(isInLine(run)) - Number(wasInLine);
    if (wasInLine && !isInLine(run)) this.emit({ type: 'leave-line', run: this.key(ref) });
    return run;
  }

  /** Every run that is not ended: tasks, and the items of fan-outs. */
  openRuns(): RunRef[] {
    const found: RunRef[] = [];
    this.state.tasks.forEach((task, index) => {
      if (hasEnded(task)) return;
      found.push({ task: index, item: wholeTask });
      task.items?.forEach((item, position) => {
        if (!hasEnded(item)) found.push({ task: index, item: position });
      });
    });
    return found;
  }

  key(ref: RunRef): string {
    return runKey(this.index, ref);
  }

  outlineTask(task: number) {
    return taskAt(this.index, task);
  }

  policy(task: number) {
    return policyOf(this.index, task);
  }

  emit(command: Command): void {
    this.commands.push(command);
  }

  record(fact: Without<Fact, 'at'>): void {
    this.facts.push({ at: this.now, ...fact });
  }

  private editItems(task: number): RunState[] {
    const whole = this.edit({ task, item: wholeTask }) as TaskState;
    if (!whole.items) throw new RangeError(`task ${task} has no items`);
    if (!this.ownedItems.has(task)) {
      whole.items = [...whole.items];
      this.ownedItems.add(task);
    }
    return whole.items;
  }
}
