import { LRUCache } from 'lru-cache';
import type { Pool } from 'pg';
import { agentId } from '../domain/agents/agent-ref';
import { agentType } from '../domain/agents/agent-type';
import type { Cell } from '../domain/learning/cells';
import { Expectations } from '../domain/learning/expectations';
import type { KnownAgent } from '../domain/learning/expectations';
import { groupBy } from '../domain/learning/insights/units';
import { decayedTo, nothingLearned } from '../domain/learning/learned-record';
import { expectedIn } from '../domain/learning/learnings';
import type { KnownCell, LearningQuery } from '../domain/learning/learnings';
import { emptyRecord } from '../domain/learning/record-sums';
import { rosterMaxAgeMs } from '../domain/routing/roster';
import { defaultSettings } from '../domain/routing/settings';
import { cellOf, selectCells } from './learned-cells';
import type { CellRow } from './learned-cells';
import { milliseconds } from './milliseconds';
import { inWorkspace } from './scope';

/** What others of a workspace came to. */
interface OfWorkspace {
  expectations: Expectations;
  /** By `agentId`. */
  types: ReadonlyMap<string, string>;
}

/** As old as it may be for routing. */
export function createExpectationReader(pool: Pool, now: () => number): (workspace: string) => Promise<OfWorkspace> {
  const cache = new LRUCache<string, Promise<OfWorkspace>>({ max: 1_000, ttl: rosterMaxAgeMs });
  return (workspace) => {
    const known = cache.get(workspace);
    if (known) return known;
    const reading = readExpectations(pool, workspace, now());
    cache.set(workspace, reading);
    reading.catch(() => cache.delete(workspace));
    return reading;
  };
}

/** Agents of a workspace that others are compared with: those of which something was learnt last tell how the rest do. */
const mostCompared = 200;

interface AgentRow {
  workspace: string;
  name: string;
  type: string | null;
  connector: string;
  succeeded: number;
  failed: number;
  as_of: number;
}

async function readExpectations(pool: Pool, workspace: string, now: number): Promise<OfWorkspace> {
  const { rows } = await inWorkspace(pool, workspace).query<AgentRow>({
    name: 'what-agents-came-to',
    text: `SELECT agents.workspace, agents.name, definition ->> 'type' AS type, definition #>> '{connector,connector}' AS connector,
                  succeeded, failed, ${milliseconds('as_of')} AS as_of
           FROM (SELECT * FROM learned_records WHERE workspace = $1 AND capability = '' AND task_type = ''
                 ORDER BY learned_records.as_of DESC LIMIT ${mostCompared}) AS learnt
           JOIN agents ON agents.workspace = agent_workspace AND agents.name = agent`,
    values: [workspace],
  });
  const agents = rows.map(({ type, connector, as_of: asOf, succeeded, failed, ...agent }): KnownAgent => {
    const { record } = decayedTo({ ...nothingLearned, record: { ...emptyRecord, succeeded, failed }, asOf }, now);
    return { workspace, agent, type: agentType({ connector, ...(type !== null && { type }) }), record };
  });
  return {
    expectations: new Expectations(agents),
    types: new Map(agents.map(({ agent, type }) => [agentId(agent), type])),
  };
}

/** The cells, one an agent, with what is expected of the agents in what was asked for. */
export async function withExpectations(
  pool: Pool,
  workspace: string,
  query: LearningQuery,
  cells: readonly Cell[],
  { expectations, types, now }: OfWorkspace & { now: number },
): Promise<KnownCell[]> {
  const wider = await readWider(pool, workspace, query, cells, now);
  return cells.map((cell) => {
    const id = agentId(cell.agent);
    const expected = expectations.of(workspace, cell.agent, types.get(id) ?? '', defaultSettings.prior);
    return { ...cell, expected: expectedIn(query, cell, wider.get(id) ?? [], expected) };
  });
}

/** Cells of the agents that hold those that were asked for, by `agentId`. */
async function readWider(
  pool: Pool,
  workspace: string,
  { capability = '', taskType = '' }: LearningQuery,
  cells: readonly Cell[],
  now: number,
): Promise<Map<string, Cell[]>> {
  const { rows } = await inWorkspace(pool, workspace).query<CellRow>({
    name: 'wider-cells',
    text: `${selectCells} JOIN unnest($2::text[], $3::text[]) AS wanted (agent_workspace, agent) USING (agent_workspace, agent)
           WHERE workspace = $1 AND (capability, task_type) IN (('', ''), ($4, ''), ($4, $5))`,
    values: [
      workspace,
      cells.map(({ agent }) => agent.workspace),
      cells.map(({ agent }) => agent.name),
      capability,
      taskType,
    ],
  });
  return groupBy(
    rows.map((row) => decayedTo(cellOf(row), now)),
    ({ agent }) => agentId(agent),
  );
}
