import type { UnfinishedRun } from './unfinished-runs';

/** A run in one simulated session. */
export interface SimulatedRun {
  task: number;
  item: number;
  /** 1 (most urgent) to 5. */
  priority: number;
  tries: number;
  /** Undefined: as the plan has it. */
  mostTries: number | undefined;
  onFallback: boolean;
  hasBegun: boolean;
  slots: number;
  agent: number | undefined;
  /** Since when it is ready. */
  readyAt: number;
  /** While it runs, or waits: when that ends. */
  at: number;
  isRunning: boolean;
  /** It has ended; where it is still waited for, it is passed over. */
  isOver: boolean;
  /** What its attempt in flight comes to. */
  end: 'succeeded' | 'failed' | 'timed-out' | 'stopped';
}

export function newRun(task: number, item: number, priority: number, slots = 1): SimulatedRun {
  return {
    task,
    item,
    priority,
    tries: 0,
    mostTries: undefined,
    onFallback: false,
    hasBegun: false,
    slots,
    agent: undefined,
    readyAt: 0,
    at: 0,
    isRunning: false,
    isOver: false,
    end: 'succeeded',
  };
}

export function resumedRun(run: UnfinishedRun, priority: number): SimulatedRun {
  const resumed = newRun(run.task, run.item, priority, run.slots);
  resumed.tries = run.tries;
  resumed.mostTries = run.mostTries;
  resumed.onFallback = run.onFallback;
  resumed.hasBegun = run.hasBegun;
  resumed.at = run.dueInMs;
  if (run.agent !== undefined) resumed.agent = run.agent;
  return resumed;
}
