import type { SessionResult } from '../../src/contracts/protocol/session';
import type { Installation } from '../../src/main/installation';
import { loadPlan } from '../load-plan';
import { summarize } from '../statistics';
import type { Summary } from '../statistics';
import { makespanBoundMs } from './bound';
import type { Shape } from './shape';
import { shapePlan } from './shape-plan';

export interface Makespan {
  shape: string;
  tasks: number;
  concurrency: number;
  boundMs: number;
  measuredMs: Summary;
  /** Median over bound. */
  ratio: number;
  meetsTarget: boolean;
}

export const makespanTarget = 1.1;

/** From the call that starts the session to its result. */
export async function measureMakespan(
  { client, temporal }: Installation,
  shape: Shape,
  repetitions: number,
): Promise<Makespan> {
  const options = await loadPlan(shapePlan(shape));
  const boundMs = makespanBoundMs(shape);
  const measured: number[] = [];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const startedAt = performance.now();
    const { id, workflowId } = await client.start(options);
    const { status } = (await temporal.workflow.getHandle(workflowId).result()) as SessionResult;
    measured.push(performance.now() - startedAt);
    if (status !== 'succeeded') throw new Error(`session ${id} ended as ${status}`);
  }
  const measuredMs = summarize(measured);
  const ratio = measuredMs.median / boundMs;
  return {
    shape: shape.name,
    tasks: shape.tasks.length,
    concurrency: shape.concurrency,
    boundMs,
    measuredMs,
    ratio,
    meetsTarget: ratio <= makespanTarget,
  };
}
