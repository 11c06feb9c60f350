import fc from 'fast-check';
import { findCycle, topologicalOrder } from '../../../src/domain/plan/graph';
import type { Graph } from '../../../src/domain/plan/graph';
import { upstreamOf } from '../../../src/domain/plan/upstream';

const edges = fc.array(fc.tuple(fc.nat(19), fc.nat(19)), { maxLength: 60 });

function graphFrom(size: number, pairs: readonly (readonly [number, number])[]): Graph {
  const needs = Array.from({ length: size }, (_, index) =>
    pairs.filter(([from]) => from === index).map(([, to]) => `n${to}`),
  );
  return new Map(needs.map((list, index) => [`n${index}`, list]));
}

/** Edges from larger to smaller numbers only, under a random renaming. */
const acyclic = fc.tuple(edges, fc.shuffledSubarray([...Array(20).keys()], { minLength: 20 })).map(([pairs, names]) =>
  graphFrom(
    20,
    pairs
      .filter(([from, to]) => from !== to)
      .map(([from, to]) => [names[Math.max(from, to)] ?? 0, names[Math.min(from, to)] ?? 0] as const),
  ),
);

/** Reachability by walking, the slow and obvious way. */
function reaches(graph: Graph, from: string, to: string): boolean {
  const seen = new Set<string>();
  const walk = (name: string): boolean =>
    (graph.get(name) ?? []).some((need) => need === to || (!seen.has(need) && seen.add(need) && walk(need)));
  return walk(from);
}

describe('a graph without cycles', () => {
  it('is ordered with every need before its dependent, and has no cycle', () => {
    fc.assert(
      fc.property(acyclic, (graph) => {
        const order = topologicalOrder(graph);
        expect([...order].sort()).toEqual([...graph.keys()].sort());
        const position = new Map(order.map((name, index) => [name, index]));
        for (const [name, needs] of graph) {
          for (const need of needs) expect(position.get(need)).toBeLessThan(position.get(name) ?? -1);
        }
        expect(findCycle(graph)).toBeUndefined();
      }),
    );
  });

  it('knows who is upstream of whom exactly as walking it does', () => {
    fc.assert(
      fc.property(acyclic, (graph) => {
        const upstream = upstreamOf(graph);
        for (const task of graph.keys()) {
          for (const dependent of graph.keys()) {
            expect(upstream.isUpstream(task, dependent)).toBe(reaches(graph, dependent, task));
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('any graph', () => {
  it('has a cycle exactly when a name reaches itself, and the cycle that is found is one', () => {
    fc.assert(
      fc.property(edges, (pairs) => {
        const graph = graphFrom(20, pairs);
        const cycle = findCycle(graph);
        expect(cycle !== undefined).toBe([...graph.keys()].some((name) => reaches(graph, name, name)));
        if (!cycle) return;
        expect(cycle[0]).toBe(cycle.at(-1));
        expect(new Set(cycle).size).toBe(cycle.length - 1);
        cycle.slice(1).forEach((need, index) => expect(graph.get(cycle[index] ?? '')).toContain(need));
      }),
    );
  });

  it('may be a chain of 10,000, or 10,000 names on one cycle', () => {
    const chain = graphFrom(0, []);
    const names = Array.from({ length: 10_000 }, (_, index) => `n${index}`);
    const graph: Graph = new Map([
      ...chain,
      ...names.map((name, index): [string, string[]] => [name, index === 0 ? [] : [`n${index - 1}`]]),
    ]);
    expect(upstreamOf(graph).isUpstream('n0', 'n9999')).toBe(true);
    expect(upstreamOf(graph).isUpstream('n9999', 'n0')).toBe(false);
    expect(findCycle(new Map([...graph, ['n0', ['n9999']]]))).toHaveLength(10_001);
  });
});
