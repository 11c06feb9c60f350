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

  push(run: SimulatedRun): void {
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
      let first = heap?.first;
      while (first?.isOver) {
        heap?.pop();
        first = heap?.first;
      }
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

  enter(run: SimulatedRun): void {
    this.change(run, 1);
  }

  leave(run: SimulatedRun): void {
    this.change(run, -1);
    run.agent = undefined;
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
    return one.candidates.find((agent) => (this.places[agent] ?? 0) > 0) ?? null;
  }
}

/** The order of the queue: by priority, plan and item. */
function comesBefore(left: SimulatedRun, right: SimulatedRun): boolean {
  if (left.priority !== right.priority) return left.priority < right.priority;
  return left.task === right.task ? left.item < right.item : left.task < right.task;
}
