import { Heap } from '../routing/heap';
import type { SimulatedRun } from './simulated-run';
import type { SimulationModel, WaitingClass } from './simulation-model';

/** Runs that may start, by class: of each class only the most urgent is looked at, however many wait behind it. */
export class ReadyRuns {
  private readonly heaps: Heap<SimulatedRun>[];
  private readonly places: number[];
  /** By task. */
  private readonly inFlight: Int32Array;

  constructor(private readonly model: SimulationModel) {
    this.heaps = model.classes.map(() => new Heap<SimulatedRun>([], comesBefore));
    this.places = [...model.places];
    this.inFlight = new Int32Array(model.classOf.length);
  }

  /** `since`: when it began to wait. */
  push(run: SimulatedRun, since: number): void {
    run.readyAt = since;
    const { classOf, fallbackClassOf } = this.model;
    const at = (run.onFallback ? fallbackClassOf[run.task] : undefined) ?? classOf[run.task] ?? 0;
    this.heaps[at]?.push(run);
  }

  /** The most urgent run that there is room for, with its agent; it is taken out. */
  take(): SimulatedRun | undefined {
    let best: Heap<SimulatedRun> | undefined;
    let bestAgent: number | undefined;
    for (let at = 0; at < this.heaps.length; at++) {
      const heap = this.heaps[at];
      const first = this.firstOf(at);
      if (!first || (best?.first && !comesBefore(first, best.first))) continue;
      const agent = this.agentWithRoom(this.model.classes[at]);
      if (agent === null) continue;
      best = heap;
      bestAgent = agent;
    }
    const run = best?.pop();
    if (run) run.agent = bestAgent;
    return run;
  }

  get isEmpty(): boolean {
    return this.model.classes.every((_, at) => !this.firstOf(at));
  }

  /** Since when the session waits for the agent; Infinity where it does not. What is urgent goes before all others. */
  waitingSince(agent: number): number {
    let since = Infinity;
    this.model.classes.forEach(({ candidates }, at) => {
      const first = candidates.includes(agent) ? this.firstOf(at) : undefined;
      if (first) since = Math.min(since, first.priority <= 1 ? -Infinity : first.readyAt);
    });
    return since;
  }

  /** Agents that do what the agent does. */
  instead(agent: number): readonly number[] {
    const found = this.model.classes.filter(({ candidates }) => candidates.includes(agent));
    return [...new Set([agent, ...found.flatMap(({ candidates }) => candidates)])];
  }

  hasRoom(agent: number): boolean {
    return (this.places[agent] ?? 0) > 0;
  }

  /** Another session takes a place of the agent, or gives it back. */
  occupy(agent: number): void {
    this.places[agent] = (this.places[agent] ?? 0) - 1;
  }

  giveBack(agent: number): void {
    this.places[agent] = (this.places[agent] ?? 0) + 1;
  }

  enter(run: SimulatedRun): void {
    this.change(run, 1);
  }

  leave(run: SimulatedRun): void {
    this.change(run, -1);
    run.agent = undefined;
  }

  /** The most urgent of the class that is still waited for. */
  private firstOf(at: number): SimulatedRun | undefined {
    const heap = this.heaps[at];
    while (heap?.first?.isOver) heap.pop();
    return heap?.first;
  }

  private change({ agent, task }: SimulatedRun, by: 1 | -1): void {
    if (agent !== undefined) this.places[agent] = (this.places[agent] ?? 0) - by;
    this.inFlight[task] = (this.inFlight[task] ?? 0) + by;
  }

  /** Null where there is no room; undefined where none is needed. */
  private agentWithRoom(one: WaitingClass | undefined): number | undefined | null {
    if (!one) return null;
    if (one.fanOut && (this.inFlight[one.fanOut.task] ?? 0) >= one.fanOut.maxParallel) return null;
    if (one.candidates.length === 0) return undefined;
    return one.candidates.find((agent) => this.hasRoom(agent)) ?? null;
  }
}

/** The order of the queue: by priority, plan and item. */
function comesBefore(left: SimulatedRun, right: SimulatedRun): boolean {
  if (left.priority !== right.priority) return left.priority < right.priority;
  return left.task === right.task ? left.item < right.item : left.task < right.task;
}
