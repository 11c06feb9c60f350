import { LRUCache } from 'lru-cache';
import type { Pool, QueryConfig } from 'pg';
import type { LearningsReader, PastStep } from '../contracts/ports/learnings-reader';
import { onePerAgent } from '../domain/learning/cells';
import type { Cell } from '../domain/learning/cells';
import { decayedTo } from '../domain/learning/learned-record';
import type { StoredInsight } from '../domain/learning/insights/relevant';
import type { KnownCell, LearningQuery } from '../domain/learning/learnings';
import { createExpectationReader, withExpectations } from './expectations';
import { insightsMaxAgeMs, readHoldingInsights } from './insights';
import { cellOf, selectCells, selectCellsOfComplexities } from './learned-cells';
import type { CellRow } from './learned-cells';
import { milliseconds } from './milliseconds';
import { inWorkspace } from './scope';

/** Outcomes are learnt every some seconds; what they add to an answer is little. */
const maxAgeMs = 60_000;

export function createLearningsReader(pool: Pool, now: () => number): LearningsReader {
  const cache = new LRUCache<string, Cell[]>({ max: 1_000, ttl: maxAgeMs });
  const expectationsOf = createExpectationReader(pool, now);
  const known = new WeakMap<Cell[], KnownCell[]>();
  const insights = new LRUCache<string, readonly StoredInsight[]>({ max: 1_000, ttl: insightsMaxAgeMs });
  const readCells = async (workspace: string, query: LearningQuery): Promise<Cell[]> => {
    const { agent, capability = null, taskType, complexity, technologies } = query;
    const key = JSON.stringify([
      ...[workspace, agent?.workspace, agent?.name, capability, taskType, complexity, technologies],
    ]);
    const fresh = cache.get(key);
    if (fresh) return fresh;
    const { rows } = await inWorkspace(pool, workspace).query<CellRow>(cellsIn(workspace, query));
    const cells = onePerAgent(rows.map((row) => decayedTo(cellOf(row), now())));
    // The first outcome of all is news for who asks.
    if (cells.length > 0) cache.set(key, cells);
    return cells;
  };
  return {
    cells: readCells,
    known: async (workspace, query) => {
      const [cells, ofOthers] = await Promise.all([readCells(workspace, query), expectationsOf(workspace)]);
      const fresh = known.get(cells);
      if (fresh || cells.length === 0) return fresh ?? [];
      const read = await withExpectations(pool, workspace, query, cells, { ...ofOthers, now: now() });
      known.set(cells, read);
      return read;
    },
    ofAgent: async (workspace, agent) => {
      const { rows } = await inWorkspace(pool, workspace).query<CellRow>(
        `${selectCells} WHERE workspace = $1 AND agent_workspace = $2 AND agent = $3
         ORDER BY (capability, task_type) = ('', '') DESC, as_of DESC LIMIT 50`,
        [workspace, agent.workspace, agent.name],
      );
      return rows.map((row) => decayedTo(cellOf(row), now()));
    },
    insights: async (workspace, { capability, taskType }) => {
      const key = JSON.stringify([workspace, capability, taskType]);
      const known = insights.get(key);
      if (known) return known;
      const read = await readHoldingInsights(pool, workspace, {
        ...(capability !== undefined && { capability }),
        ...(taskType !== undefined && { taskType }),
      });
      insights.set(key, read);
      return read;
    },
    steps: async (workspace, agent) => {
      const { rows } = await inWorkspace(pool, workspace).query<PastStep>(
        `SELECT capability, from_proficiency AS "from", to_proficiency AS "to", outcomes, ${milliseconds('at')} AS at
         FROM capability_steps WHERE workspace = $1 AND agent_workspace = $2 AND agent = $3 ORDER BY id DESC LIMIT 20`,
        [workspace, agent.workspace, agent.name],
      );
      return rows;
    },
  };
}

/** A type of task is learnt by the capability that was asked for: where none is named, all of them are read. */
function cellsIn(workspace: string, query: LearningQuery): QueryConfig {
  const { agent, capability, taskType = '', complexity, technologies } = query;
  const values: unknown[] = [workspace, taskType, technologies];
  const place = (value: string): string => `$${values.push(value)}`;
  const isOfAny = capability === undefined && taskType !== '';
  const conditions = [
    'workspace = $1 AND task_type = $2',
    isOfAny ? `task_type <> ''` : `capability = ${place(capability ?? '')}`,
    ...(complexity === undefined ? [] : [`complexity = ${place(complexity)}`]),
    ...(agent ? [`agent_workspace = ${place(agent.workspace)} AND agent = ${place(agent.name)}`] : []),
  ];
  const name = ['learnings', isOfAny && 'of-any', complexity && 'of-complexity', agent && 'of-agent'].filter(Boolean);
  return {
    name: name.join('-'),
    text: `${complexity === undefined ? selectCells : selectCellsOfComplexities}
           WHERE ${conditions.join(' AND ')}
             AND (cardinality($3::text[]) = 0 OR EXISTS (
               SELECT FROM agents WHERE agents.workspace = agent_workspace AND agents.name = agent
                 AND ARRAY(SELECT x #>> '{}' FROM jsonb_path_query(definition, '$.capabilities[*].technologies[*]') AS x) @> $3
             ))
           ORDER BY succeeded + failed DESC, agent LIMIT 100`,
    values,
  };
}
