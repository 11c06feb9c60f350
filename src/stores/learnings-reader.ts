import { LRUCache } from 'lru-cache';
import type { Pool } from 'pg';
import type { LearningsReader, PastStep } from '../contracts/ports/learnings-reader';
import type { Cell } from '../domain/learning/cells';
import { decayedTo } from '../domain/learning/learned-record';
import { cellOf, selectCells } from './learned-cells';
import type { CellRow } from './learned-cells';
import { cellsOfComplexity } from './learnings-by-complexity';
import { milliseconds } from './milliseconds';
import { inWorkspace } from './scope';

/** Outcomes are learnt every some seconds; what they add to an answer is little. */
const maxAgeMs = 60_000;

export function createLearningsReader(pool: Pool, now: () => number): LearningsReader {
  const cache = new LRUCache<string, Cell[]>({ max: 1_000, ttl: maxAgeMs });
  return {
    cells: async (workspace, query) => {
      const { agent, capability = '', taskType = '', complexity, technologies } = query;
      const key = JSON.stringify([
        ...[workspace, agent?.workspace, agent?.name, capability, taskType, complexity, technologies],
      ]);
      const known = cache.get(key);
      if (known) return known;
      if (complexity !== undefined) {
        const found = await cellsOfComplexity(pool, workspace, query);
        const faded = found.map((cell) => decayedTo(cell, now()));
        cache.set(key, faded);
        return faded;
      }
      const { rows } = await inWorkspace(pool, workspace).query<CellRow>({
        name: agent ? 'learnings-of-agent' : 'learnings',
        text: `${selectCells}
               WHERE workspace = $1 AND capability = $2 AND task_type = $3
                 AND (cardinality($4::text[]) = 0 OR EXISTS (
                   SELECT FROM agents WHERE agents.workspace = agent_workspace AND agents.name = agent
                     AND ARRAY(SELECT x #>> '{}' FROM jsonb_path_query(definition, '$.capabilities[*].technologies[*]') AS x) @> $4
                 ))
                 ${agent ? 'AND agent_workspace = $5 AND agent = $6' : ''}
               ORDER BY succeeded + failed DESC, agent LIMIT 100`,
        values: [workspace, capability, taskType, technologies, ...(agent ? [agent.workspace, agent.name] : [])],
      });
      const cells = rows.map((row) => decayedTo(cellOf(row), now()));
      cache.set(key, cells);
      return cells;
    },
    ofAgent: async (workspace, agent) => {
      const { rows } = await inWorkspace(pool, workspace).query<CellRow>(
        `${selectCells} WHERE workspace = $1 AND agent_workspace = $2 AND agent = $3
         ORDER BY (capability, task_type) = ('', '') DESC, as_of DESC LIMIT 50`,
        [workspace, agent.workspace, agent.name],
      );
      return rows.map((row) => decayedTo(cellOf(row), now()));
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
