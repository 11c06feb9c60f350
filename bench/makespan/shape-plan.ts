import type { Shape } from './shape';

/** The plan of a shape: an agent for each duration. */
export function shapePlan({ name, concurrency, tasks }: Shape): object {
  const agentOf = (durationMs: number): string => `works-${durationMs}ms`;
  return {
    version: 1,
    name: name.replaceAll(/[^A-Za-z]+/g, '-'),
    concurrency,
    agents: Object.fromEntries(
      tasks.map(({ durationMs }) => [agentOf(durationMs), { connector: 'simulated', latency: `${durationMs}ms` }]),
    ),
    tasks: Object.fromEntries(
      tasks.map(({ name: task, needs, durationMs, priority, fanOut }) => [
        task,
        {
          agent: agentOf(durationMs),
          needs,
          ...(priority !== undefined && { priority }),
          ...(fanOut && {
            forEach: Array.from({ length: fanOut.items }, (_, nth) => nth),
            maxParallel: fanOut.maxParallel,
          }),
        },
      ]),
    ),
  };
}
