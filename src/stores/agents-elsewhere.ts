import type { Pool } from 'pg';
import type { AgentKey } from '../domain/agents/agent';
import { agentId } from '../domain/agents/agent-ref';
import type { InsightSharing } from '../domain/settings/workspace-settings';
import { upsert } from '../domain/upsert';
import { learntColumns, nothingLearnt } from './learnt-of-agents';
import type { LearntRow } from './learnt-of-agents';
import { acrossWorkspaces } from './scope';

/** What other workspaces know of agents that are shared. */
export interface KnownElsewhere {
  /** What each learnt itself: by `agentId`, then by workspace. */
  learnt: ReadonlyMap<string, ReadonlyMap<string, LearntRow>>;
  /** Workspaces that want what they know to cross, or what others know. */
  sharing: ReadonlyMap<string, InsightSharing>;
}

export const nothingElsewhere: KnownElsewhere = { learnt: new Map(), sharing: new Map() };

/** `keys`: of these agents; absent: of all. */
export async function readElsewhere(pool: Pool, keys?: readonly AgentKey[]): Promise<KnownElsewhere> {
  const scope = acrossWorkspaces(pool, 'routing');
  const wanted = keys && [keys.map(({ workspace }) => workspace), keys.map(({ name }) => name)];
  const [{ rows }, { rows: sharing }] = await Promise.all([
    scope.query<AgentKey & LearntRow & { by: string }>({
      name: wanted ? 'known-elsewhere-of-changed' : 'known-elsewhere',
      text: `SELECT agents.workspace, agents.name, known.workspace AS by, ${learntColumns('known.workspace')}
             FROM agents ${wanted ? 'JOIN unnest($1::text[], $2::text[]) AS wanted (workspace, name) USING (workspace, name)' : ''}
             JOIN learned_records AS known ON known.agent_workspace = agents.workspace AND known.agent = agents.name
               AND known.capability = '' AND known.task_type = '' AND known.workspace <> agents.workspace
             WHERE agents.shared`,
      ...(wanted && { values: wanted }),
    }),
    scope.query<{ workspace: string; way: InsightSharing }>({
      name: 'who-shares-knowledge',
      text: `SELECT workspace, options ->> 'shareInsights' AS way FROM workspace_settings
             WHERE options ->> 'shareInsights' IN ('out', 'in', 'both')`,
    }),
  ]);
  const learnt = new Map<string, Map<string, LearntRow>>();
  for (const { by, ...row } of rows) upsert(learnt, agentId(row), () => new Map<string, LearntRow>()).set(by, row);
  return { learnt, sharing: new Map(sharing.map(({ workspace, way }) => [workspace, way])) };
}

/** What each other workspace that knows something of the agent knows; `own`: what its own workspace does. */
export function knownByOthers(agent: AgentKey, own: LearntRow, known: KnownElsewhere): Map<string, LearntRow> {
  const learnt = known.learnt.get(agentId(agent)) ?? new Map<string, LearntRow>();
  const wants = (workspace: string, way: InsightSharing): boolean =>
    [way, 'both'].includes(known.sharing.get(workspace) ?? 'none');
  if (!wants(agent.workspace, 'out')) return new Map(learnt);
  const takers = [...known.sharing.keys()].filter((one) => one !== agent.workspace && wants(one, 'in'));
  const withLent = takers.map((taker): [string, LearntRow] => {
    const row = learnt.get(taker) ?? nothingLearnt;
    return [taker, { ...row, proficiencies: { ...own.proficiencies, ...row.proficiencies }, lent: own.cells }];
  });
  return new Map([...learnt, ...withLent]);
}
