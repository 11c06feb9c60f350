import type { PoolClient, QueryConfig } from 'pg';
import type { AgentFilter } from '../contracts/ports/agent-registry';
import { selectOverview, withRoomAndRecord } from './agent-overviews';
import type { OverviewRow } from './agent-overviews';
import { databaseJson, databaseText } from './database-text';

/** Of a query; more are not looked at. */
const maxWords = 20;

/** As many matches are common enough that a page of them is soon met when all agents are read in order. */
const manyMatches = 1_000;

/**
 * A page of the agents that a workspace sees, within a transaction. What is common is met by reading agents in the order of their names; what is rare
 * is found by the index of search keys and sorted, which only a bitmap scan can read.
 */
export async function searchAgents(client: PoolClient, workspace: string, filter: AgentFilter): Promise<OverviewRow[]> {
  const { words, terms } = criteriaOf(filter);
  const isFiltered = words.length + terms.length > 0;
  const isRare = isFiltered && (await hasFewMatches(client, workspace, filter));
  if (isFiltered && !isRare) await client.query('SET LOCAL enable_bitmapscan = off');
  const { rows } = await client.query<OverviewRow>(pageStatement(workspace, filter, isRare ? 'by-key' : 'in-order'));
  return rows;
}

async function hasFewMatches(client: PoolClient, workspace: string, filter: AgentFilter): Promise<boolean> {
  const [, { rows }] = await Promise.all([
    client.query('SET LOCAL enable_bitmapscan = on; SET LOCAL plan_cache_mode = force_custom_plan'),
    client.query<{ isRare: boolean }>(countStatement(workspace, filter)),
  ]);
  return rows[0]?.isRare ?? true;
}

function countStatement(workspace: string, filter: AgentFilter): QueryConfig {
  const values = new Values();
  const matches = (who: string): string =>
    `(SELECT count(*) FROM (SELECT FROM agents WHERE ${keyCondition(who, filter, values)} LIMIT ${manyMatches}) AS matching)`;
  const text = `SELECT ${matches(`workspace:${workspace}`)} + ${matches('shared')} < ${manyMatches} AS "isRare"`;
  return { text, values: values.all };
}

function pageStatement(workspace: string, filter: AgentFilter, way: 'by-key' | 'in-order'): QueryConfig {
  const values = new Values();
  const [viewer, limit] = [values.add(workspace), values.add(filter.limit)];
  const after = filter.after && [values.add(filter.after.name), values.add(filter.after.workspace)];
  const { words, terms } = criteriaOf(filter);
  const conditions = [
    ...(after ? [`name >= ${after[0]}::text AND (name, workspace) > (${after.join('::text, ')}::text)`] : []),
    ...words.map((word) => `strpos(search_text, lower(${values.add(word)}::text)) > 0`),
    ...terms.map(({ conditionIn }) => conditionIn(values)),
  ];
  const half = (own: boolean): string => {
    const who = own ? `workspace = ${viewer}` : `shared AND workspace <> ${viewer}`;
    const key = own ? `workspace:${workspace}` : 'shared';
    const all = [who, ...(way === 'by-key' ? [keyCondition(key, filter, values)] : []), ...conditions];
    return `(SELECT * FROM agents WHERE ${all.join(' AND ')} ORDER BY name, workspace LIMIT ${limit})`;
  };
  const text = `${selectOverview(`agents.definition - 'instructions'`)}
    FROM (${half(true)} UNION ALL ${half(false)}) AS agents ${withRoomAndRecord}
    ORDER BY agents.name, agents.workspace LIMIT ${limit}`;
  return { text, values: values.all };
}

/** What the index can tell: terms exactly, and that the pieces of all words are there. */
function keyCondition(who: string, filter: AgentFilter, values: Values): string {
  const { words, terms } = criteriaOf(filter);
  const pieces = words.map((word) => {
    const lowered = `lower(${values.add(word)}::text)`;
    return ` || search_pieces(${lowered}, least(greatest(length(${lowered}), 2), 3))`;
  });
  const keys = values.add([who, ...terms.map(({ key }) => key)]);
  return `agent_search_keys(workspace, shared, definition, search_text) @> (${keys}::text[]${pieces.join('')})`;
}

/** What an agent has to have: words in its text, and terms, each as its key in the index and as a condition on its definition. */
function criteriaOf({ query = '', capability, technology, tag, type }: AgentFilter) {
  const words = databaseText(query)
    .split(/\s+/)
    .filter((word) => word !== '')
    .slice(0, maxWords);
  const term = (kind: string, name: string | undefined, conditionIn: (values: Values) => string) =>
    name === undefined ? [] : [{ key: databaseText(`${kind}:${name}`), conditionIn }];
  const holds = (part: object) => (values: Values) => `definition @> ${values.add(databaseJson(part))}::jsonb`;
  const terms = [
    ...term('type', type, (values) => `agent_type(definition) = ${values.add(databaseText(type ?? ''))}`),
    ...term('capability', capability, holds({ capabilities: [{ name: capability }] })),
    ...term('technology', technology, holds({ capabilities: [{ technologies: [technology] }] })),
    ...term('tag', tag, holds({ tags: [tag] })),
  ];
  return { words, terms };
}

/** The parameters of a statement. */
class Values {
  readonly all: unknown[] = [];

  /** Returns how the statement names it. */
  add(value: unknown): string {
    return `$${this.all.push(value)}`;
  }
}
