import type { Plan } from './plan';

/** Names and what each needs. Needs that are no names are left out of every answer here. */
export type Graph = ReadonlyMap<string, readonly string[]>;

export function graphOf(plan: Pick<Plan, 'tasks'>): Graph {
  return new Map(
    Object.entries(plan.tasks).map(([name, task]) => [
      name,
      task.needs.filter((need) => Object.hasOwn(plan.tasks, need)),
    ]),
  );
}

/** All names, each after everything it needs, otherwise in the order of the graph. Names on or behind a cycle are left out. */
export function topologicalOrder(graph: Graph): string[] {
  const dependents = new Map<string, string[]>();
  const missing = new Map<string, number>();
  for (const [name, needs] of graph) {
    const distinct = new Set(needs);
    missing.set(name, distinct.size);
    for (const need of distinct) {
      const known = dependents.get(need);
      if (known) known.push(name);
      else dependents.set(need, [name]);
    }
  }
  const order = [...graph.keys()].filter((name) => missing.get(name) === 0);
  for (let next = 0; next < order.length; next++) {
    for (const dependent of dependents.get(order[next] ?? '') ?? []) {
      const left = (missing.get(dependent) ?? 0) - 1;
      missing.set(dependent, left);
      if (left === 0) order.push(dependent);
    }
  }
  return order;
}

/** Some cycle, each name needing the next, the first repeated at the end: `['a', 'b', 'a']`; undefined when there is none. */
export function findCycle(graph: Graph): string[] | undefined {
  const sorted = new Set(topologicalOrder(graph));
  const rest = [...graph.keys()].find((name) => !sorted.has(name));
  if (rest === undefined) return undefined;
  // What is not sorted needs something that is not sorted: following that must come round.
  const steps = new Map<string, number>();
  const path: string[] = [];
  let current = rest;
  while (!steps.has(current)) {
    steps.set(current, path.length);
    path.push(current);
    const next = graph.get(current)?.find((need) => !sorted.has(need));
    if (next === undefined) return undefined;
    current = next;
  }
  return [...path.slice(steps.get(current)), current];
}
