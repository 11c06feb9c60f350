import { Heap } from '../routing/heap';
import { maxRunsPerSession, policyOf, taskAt } from '../session/outline';
import type { OutlineTask, TaskPolicy } from '../session/outline';
import { backoffMs } from '../session/retries';
import { wholeTask } from '../session/run-key';
import { SimulatedOthers } from './other-sessions';
import { ReadyRuns } from './ready-runs';
import { newRun, resumedRun } from './simulated-run';
import type { SimulatedRun } from './simulated-run';
import { noNeeds } from './simulation-model';
import type { SimulationModel } from './simulation-model';
import type { UnfinishedRun } from './unfinished-runs';

/** What a simulated session asks of the world that it happens in. */
export interface SimulatedWorld {
  /** An attempt that starts, or has been in flight for `elapsedMs`: how long it still takes, and whether it succeeds. */
  attempt(run: Readonly<SimulatedRun>, elapsedMs: number): { takesMs: number; succeeds: boolean };
  /** Whether the condition of the task holds. */
  holds(task: number): boolean;
  /** How many items the fan-out has. */
  items(task: number): number;
  /** How long an attempt of another session, in flight for `elapsedMs`, still takes its agent: an index into the places. */
  otherTakesMs(agent: number, elapsedMs: number): number;
}

/**
 * Plays what is left of the session once, in a world of its own, by the rules of the engine: needs, priorities, places of the session and of
 * agents, retries, fallbacks, fan-outs, timeouts and what a failure stops. Returns the milliseconds until the session ends. It keeps no log and
 * decides nothing, so that a session of 10,000 runs takes milliseconds and not seconds; a test holds it to the engine.
 */
export function simulateSession(model: SimulationModel, world: SimulatedWorld): number {
  return new Simulation(model, world).play();
}

class Simulation {
  private readonly ready: ReadyRuns;
  private readonly others: SimulatedOthers | undefined;
  private readonly events = new Heap<SimulatedRun>([], happensBefore);
  private readonly needsLeft: Int32Array;
  /** Of fan-outs: items that have not ended, and whether one has failed. */
  private readonly itemsLeft: Int32Array;
  private readonly withFailedItems: Set<number>;
  /** Of tasks that time out as a whole: when, and their runs. */
  private readonly timed = new Map<number, { deadlineMs: number; runs: SimulatedRun[] }>();
  /** Tasks that have ended, and of which the others have still to hear. */
  private readonly ended: { task: number; wentWell: boolean }[] = [];
  private runs: number;
  private inFlight = 0;
  private isStopping: boolean;
  private now = 0;

  constructor(
    private readonly model: SimulationModel,
    private readonly world: SimulatedWorld,
  ) {
    this.ready = new ReadyRuns(model);
    this.others = model.others && new SimulatedOthers(model.others, this.ready, (...at) => world.otherTakesMs(...at));
    this.needsLeft = Int32Array.from(model.needsLeft);
    this.withFailedItems = new Set(model.withFailedItems);
    this.isStopping = model.isStopping;
    this.itemsLeft = new Int32Array(model.needsLeft.length);
    this.runs = model.index.outline.tasks.length + model.runs.length;
  }

  play(): number {
    const { runs, deadlineInMs } = this.model;
    for (const run of runs) this.resume(run);
    for (const [task, { deadlineMs }] of this.timed) this.watchDeadline(task, deadlineMs);
    // Of retries, and after a reset: tasks whose needs have all ended by now.
    this.model.needsLeft.forEach((left, task) => left === 0 && this.letGo(task));
    this.startAll();
    let endsAt = 0;
    while (this.events.first || (this.othersEndAt < Infinity && !this.ready.isEmpty)) {
      const next = this.events.first;
      if (this.othersEndAt < (next?.at ?? Infinity)) {
        if (this.othersEndAt >= deadlineInMs) return Math.max(0, deadlineInMs);
        this.now = this.othersEndAt;
        this.others?.endNext();
      } else if (next) {
        this.events.pop();
        if (next.isOver || (isTimeout(next) && this.waitingOf(next.task).length === 0)) continue;
        if (next.at >= deadlineInMs) return Math.max(0, deadlineInMs);
        this.now = next.at;
        endsAt = next.at;
        // Attempts in flight end by themselves at the same time.
        if (isTimeout(next)) for (const run of this.waitingOf(next.task)) this.endRun(run, false);
        else if (next.isRunning) this.endAttempt(next);
        else this.ready.push(next, this.now);
      }
      this.startAll();
    }
    return endsAt;
  }

  private get othersEndAt(): number {
    return this.others?.nextAt ?? Infinity;
  }

  private resume(unfinished: UnfinishedRun): void {
    const { task, stage } = unfinished;
    if (unfinished.item !== wholeTask) this.itemsLeft[task] = (this.itemsLeft[task] ?? 0) + 1;
    const run = resumedRun(unfinished, this.policy(task).priority);
    this.addTimed(run, unfinished.deadlineInMs);
    switch (stage) {
      case 'evaluate':
        return this.letGo(task);
      case 'ready':
        return this.ready.push(run, -unfinished.waitedMs);
      case 'waiting':
        return this.events.push(run);
      case 'running':
        if (unfinished.isStopping) return this.run(run, { takesMs: 0, succeeds: false }, 'stopped');
        return this.run(run, this.world.attempt(run, unfinished.elapsedMs), 'failed', unfinished.elapsedMs);
    }
  }

  /** Nothing keeps the task any more but its condition, and its list. */
  private letGo(task: number): void {
    this.needsLeft[task] = noNeeds;
    const { conditional, forEach, race } = this.outlineTask(task);
    if (conditional && !this.world.holds(task)) return this.endTask(task, true);
    const { priority } = this.policy(task);
    if (!forEach) return this.add(newRun(task, wholeTask, priority, race));
    const items = Math.min(this.world.items(task), Math.max(0, maxRunsPerSession - this.runs));
    if (items === 0) return this.endTask(task, true);
    this.runs += items;
    this.itemsLeft[task] = items;
    for (let item = 0; item < items; item++) this.add(newRun(task, item, priority));
  }

  private startAll(): void {
    this.settle();
    const { concurrency } = this.model.index.outline;
    for (;;) {
      // A session has no more in line than it could start.
      const isInLine = this.inFlight < concurrency;
      this.others?.startAll(this.now, isInLine);
      const run = isInLine ? this.ready.take() : undefined;
      if (!run) return;
      if (this.isStopping && !run.hasBegun) continue;
      run.tries += 1;
      run.hasBegun = true;
      this.setDeadline(run);
      this.run(run, this.world.attempt(run, 0), 'failed');
    }
  }

  private add(run: SimulatedRun): void {
    this.addTimed(run, Infinity);
    this.ready.push(run, this.now);
  }

  private addTimed(run: SimulatedRun, deadlineMs: number): void {
    if (this.policy(run.task).taskTimeoutMs === undefined) return;
    const timed = this.timed.get(run.task);
    if (timed) timed.runs.push(run);
    else this.timed.set(run.task, { deadlineMs, runs: [run] });
  }

  /** The time of a task is counted from its first start. */
  private setDeadline({ task }: SimulatedRun): void {
    const { taskTimeoutMs } = this.policy(task);
    const timed = this.timed.get(task);
    if (taskTimeoutMs === undefined || !timed || timed.deadlineMs < Infinity) return;
    timed.deadlineMs = this.now + taskTimeoutMs;
    this.watchDeadline(task, timed.deadlineMs);
  }

  private watchDeadline(task: number, deadlineMs: number): void {
    if (deadlineMs < Infinity) this.events.push({ ...newRun(task, wholeTask, 0), at: deadlineMs, end: 'timed-out' });
  }

  /** Of a task that times out: runs that wait, unless the failure of another has ended them. */
  private waitingOf(task: number): SimulatedRun[] {
    const isLeft = ({ hasBegun }: SimulatedRun): boolean => hasBegun || !this.isStopping;
    return (this.timed.get(task)?.runs ?? []).filter((run) => !run.isOver && !run.isRunning && isLeft(run));
  }

  private run(
    run: SimulatedRun,
    { takesMs, succeeds }: { takesMs: number; succeeds: boolean },
    otherwise: 'failed' | 'stopped',
    elapsedMs = 0,
  ): void {
    const { attemptTimeoutMs = Infinity } = this.policy(run.task);
    const most = Math.max(0, attemptTimeoutMs - elapsedMs);
    run.isRunning = true;
    run.at = this.now + Math.min(takesMs, most);
    run.end = succeeds && takesMs <= most ? 'succeeded' : otherwise;
    const { deadlineMs = Infinity } = this.timed.get(run.task) ?? {};
    if (run.at > deadlineMs) {
      run.at = Math.max(this.now, deadlineMs);
      run.end = 'timed-out';
    }
    this.inFlight += run.slots;
    this.ready.enter(run);
    this.events.push(run);
  }

  private endAttempt(run: SimulatedRun): void {
    this.ready.leave(run);
    this.inFlight -= run.slots;
    run.isRunning = false;
    if (run.end === 'succeeded') return this.endRun(run, true);
    if (run.end !== 'failed') return this.endRun(run, false);
    const { retry } = this.policy(run.task);
    if (run.tries < (run.mostTries ?? retry.attempts)) {
      run.at = this.now + backoffMs(retry, run.tries, `${this.model.id}/${run.task}/${run.item}/${run.tries}`);
      return this.events.push(run);
    }
    if (this.outlineTask(run.task).fallback !== undefined && !run.onFallback) {
      run.onFallback = true;
      run.tries = 0;
      run.mostTries = undefined;
      return this.ready.push(run, this.now);
    }
    this.endRun(run, false);
  }

  private endRun(run: SimulatedRun, succeeded: boolean): void {
    const { task, item } = run;
    run.isOver = true;
    if (item === wholeTask) return this.endTask(task, succeeded);
    if (!succeeded) this.withFailedItems.add(task);
    const left = (this.itemsLeft[task] ?? 1) - 1;
    this.itemsLeft[task] = left;
    if (left === 0) this.endTask(task, !this.withFailedItems.has(task));
  }

  private endTask(task: number, wentWell: boolean): void {
    this.ended.push({ task, wentWell });
  }

  /** Follows the arrows from what ended; a loop, because a chain of thousands would exhaust the stack. */
  private settle(): void {
    for (let next = this.ended.pop(); next; next = this.ended.pop()) {
      const { task, wentWell } = next;
      const { onFailure } = this.policy(task);
      if (!wentWell && onFailure === 'fail') this.isStopping = true;
      for (const dependent of this.model.index.dependents[task] ?? []) {
        const left = this.needsLeft[dependent] ?? noNeeds;
        if (left === noNeeds) continue;
        if (!wentWell && onFailure !== 'continue') this.skip(dependent);
        else if (left > 1) this.needsLeft[dependent] = left - 1;
        else if (!this.isStopping) this.letGo(dependent);
      }
    }
  }

  /** Whoever needs what was skipped is skipped as well. */
  private skip(task: number): void {
    const toSkip = [task];
    for (let skipped = toSkip.pop(); skipped !== undefined; skipped = toSkip.pop()) {
      if (this.needsLeft[skipped] === noNeeds) continue;
      this.needsLeft[skipped] = noNeeds;
      toSkip.push(...(this.model.index.dependents[skipped] ?? []));
    }
  }

  private outlineTask(task: number): OutlineTask {
    return taskAt(this.model.index, task);
  }

  private policy(task: number): TaskPolicy {
    return policyOf(this.model.index, task);
  }
}

/** The time of a task is up: what waits ends. An attempt in flight has an event of its own. */
function isTimeout({ end, isRunning }: SimulatedRun): boolean {
  return end === 'timed-out' && !isRunning;
}

/** At the end of a task's time, what waits ends before what is in flight gives its place to another; items go in their order. */
function happensBefore(left: SimulatedRun, right: SimulatedRun): boolean {
  if (left.at !== right.at) return left.at < right.at;
  return isTimeout(left) === isTimeout(right) ? left.item < right.item : isTimeout(left);
}
