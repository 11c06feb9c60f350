import type { Shape, ShapeTask } from './shape';

/** No schedule of the shape can be shorter: its critical path, or its work divided by its concurrency. Milliseconds. */
export function makespanBoundMs({ tasks, concurrency }: Shape): number {
  const byName = new Map(tasks.map((task) => [task.name, task]));
  const endMs = new Map<string, number>();
  const pathTo = (name: string): number => {
    const known = endMs.get(name);
    const task = byName.get(name);
    if (known !== undefined || !task) return known ?? 0;
    const end = Math.max(0, ...task.needs.map(pathTo)) + spanMs(task);
    endMs.set(name, end);
    return end;
  };
  const criticalPathMs = Math.max(...tasks.map(({ name }) => pathTo(name)));
  const workMs = tasks.reduce((sum, { durationMs, fanOut }) => sum + durationMs * (fanOut?.items ?? 1), 0);
  return Math.max(criticalPathMs, workMs / concurrency);
}

/** A fan-out of equal items goes in waves of `maxParallel`. */
function spanMs({ durationMs, fanOut }: ShapeTask): number {
  return fanOut ? durationMs * Math.ceil(fanOut.items / fanOut.maxParallel) : durationMs;
}
