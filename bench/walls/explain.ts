import type { Client } from 'pg';
import { escapeLiteral } from 'pg';
import type { Recorded } from './record-statements';

/** What PostgreSQL says of one statement in one role. */
export interface Explained {
  /** Nodes of the plan with their indexes and conditions, without what the role adds. */
  shape: string[];
  cost: number;
  /** Pages that were looked at. */
  pages: number;
  ms: number;
}

interface PlanNode {
  'Node Type': string;
  'Index Name'?: string;
  'Relation Name'?: string;
  'Index Cond'?: string;
  'Total Cost': number;
  'Shared Hit Blocks': number;
  'Shared Read Blocks': number;
  Plans?: PlanNode[];
}

interface Explanation {
  Plan: PlanNode;
  'Execution Time': number;
}

/** Runs the statement in the role and takes it back. As the program does: planned once, without values. Rejects where it cannot be run again. */
export async function explain(
  client: Client,
  { text, values, workspace }: Recorded,
  role: 'orchestra_app' | 'orchestra_engine',
): Promise<Explained> {
  await client.query('BEGIN');
  try {
    await client.query(`SET LOCAL ROLE ${role}`);
    await client.query(`SET LOCAL orchestra.workspace = ${escapeLiteral(workspace)}`);
    await client.query(`PREPARE measured AS ${text}`);
    const given = values.map(literalOf).join(', ');
    const { rows } = await client.query<{ 'QUERY PLAN': [Explanation] }>(
      `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE measured${given === '' ? '' : `(${given})`}`,
    );
    const found = rows[0]?.['QUERY PLAN'][0];
    if (!found) throw new Error('there is no plan');
    const { Plan: plan } = found;
    return {
      shape: shapeOf(plan),
      cost: plan['Total Cost'],
      pages: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'],
      ms: found['Execution Time'],
    };
  } finally {
    await client.query('ROLLBACK');
    await client.query('DEALLOCATE ALL');
  }
}

/** Every node, with the index it uses and whether it looks there by a condition. */
function shapeOf(node: PlanNode, depth = 0): string[] {
  const place = node['Index Name'] ?? node['Relation Name'] ?? '';
  const [only, ...others] = node.Plans ?? [];
  // What the policy asks is asked once, before the rows are looked for: it is no other way to them.
  if (node['Node Type'] === 'Result' && only && others.length === 0) return shapeOf(only, depth);
  const own = `${' '.repeat(depth)}${node['Node Type']} ${place} ${conditionsOf(node['Index Cond'])}`.trimEnd();
  return [own, ...(node.Plans ?? []).flatMap((child) => shapeOf(child, depth + 1))];
}

/** The columns of a condition: values are those of the statement, and the workspace comes from the policy as well. */
function conditionsOf(condition = ''): string {
  const columns = [...condition.matchAll(/\(?(\w+)(?:\)::\w+)? (?:=|<|>|<=|>=)/g)].map(([, column]) => column);
  return columns.length === 0 ? '' : `by ${[...new Set(columns)].sort().join(', ')}`;
}

function literalOf(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  return Buffer.isBuffer(value) ? `'\\x${value.toString('hex')}'` : escapeLiteral(textOf(value));
}

/** As pg sends it. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return `{${value.map(elementOf).join(',')}}`;
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function elementOf(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  return Array.isArray(value) ? textOf(value) : `"${textOf(value).replaceAll(/[\\"]/g, '\\$&')}"`;
}
