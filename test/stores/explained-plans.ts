import { Client } from 'pg';
import type { Pool } from 'pg';
import { createPool } from '../../src/stores/pool';

/** What a statement read in one place of its plan: of a table or an index of it, of what it had worked out before, or of pairs that a join compared. */
export interface Read {
  of: string;
  node: string;
  /** Rows that were looked at: those that went on, and those that a filter dropped. */
  rows: number;
  /** Without a condition on an index, all rows of the table are. */
  byKey: boolean;
  statement: string;
}

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'CTE Name'?: string;
  Alias?: string;
  'Index Cond'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  'Rows Removed by Join Filter'?: number;
  Plans?: PlanNode[];
}

export interface ExplainedPool {
  /** A pool as the program has it. */
  pool: Pool;
  /** What the statements of the work read, those of triggers and functions too. */
  readsOf(work: () => Promise<unknown>): Promise<Read[]>;
}

/** PostgreSQL explains every statement that comes over the pool as it was really done: with its role, its settings and its stored plan. */
export async function explainPlans(databaseUrl: string): Promise<ExplainedPool> {
  await letExplain(databaseUrl);
  const pool = createPool(databaseUrl, { maxConnections: 3 });
  let reads: Read[] = [];
  pool.on('connect', (client) => {
    client.on('notice', ({ message = '' }) => {
      if (message.includes('plan:')) reads.push(...readsIn(message.slice(message.indexOf('{'))));
    });
  });
  return {
    pool,
    readsOf: async (work) => {
      reads = [];
      await work();
      return reads;
    },
  };
}

async function letExplain(databaseUrl: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const settings = {
    session_preload_libraries: 'auto_explain',
    'auto_explain.log_min_duration': '0',
    'auto_explain.log_analyze': 'on',
    'auto_explain.log_timing': 'off',
    'auto_explain.log_nested_statements': 'on',
    'auto_explain.log_format': 'json',
    'auto_explain.log_level': 'notice',
  };
  try {
    const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
    for (const [key, value] of Object.entries(settings)) {
      await client.query(`ALTER DATABASE ${rows[0]!.name} SET ${key} = '${value}'`);
    }
  } finally {
    await client.end();
  }
}

function readsIn(json: string): Read[] {
  const { 'Query Text': statement, Plan: plan } = JSON.parse(json) as { 'Query Text': string; Plan: PlanNode };
  const inside = (node: PlanNode): Read[] => [...readsAt(node), ...(node.Plans ?? []).flatMap(inside)];
  const readsAt = (node: PlanNode): Read[] => {
    const read = {
      of: node['Relation Name'] ?? node['CTE Name'] ?? node.Alias ?? '',
      node: node['Node Type'],
      byKey: node['Index Cond'] !== undefined,
      statement: statement.replace(/\s+/g, ' ').trim().slice(0, 160),
    };
    const dropped = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
    const rows = Math.round((node['Actual Rows'] + dropped) * node['Actual Loops']);
    const compared = Math.round((node['Rows Removed by Join Filter'] ?? 0) * node['Actual Loops']);
    return [
      ...(/(?<!Subquery )Scan$|^Materialize$/.test(read.node) ? [{ ...read, rows }] : []),
      ...(compared > 0 ? [{ ...read, rows: compared }] : []),
    ];
  };
  return inside(plan);
}
