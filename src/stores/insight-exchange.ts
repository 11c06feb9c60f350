import type { Pool } from 'pg';
import { defaultInsightConfidence, InsightKind } from '../domain/learning/insights/insight';
import { inTransaction } from './transaction';
import { acrossWorkspaces } from './scope';

/** How sure an insight must be to be used: what the workspace wants, else 70. */
export const thresholdOf = (workspace: string): string =>
  `coalesce((SELECT (options ->> 'insightConfidence')::int FROM workspace_settings AS own WHERE own.workspace = ${workspace}),
            ${defaultInsightConfidence})`;

const wants = (workspace: string, way: 'out' | 'in'): string => `wants_insights(${workspace}, '${way}')`;

/**
 * Whether a row of `insights` may be read in its workspace: it is its own, or came from another and both want that now. Every statement that reads
 * insights for somebody says so, so that nothing depends on when an exchange comes next.
 */
export const isAllowed = `(source ->> 'workspace' IS NULL
  OR (${wants("(source ->> 'workspace')", 'out')} AND ${wants('insights.workspace', 'in')}))`;

/** One at a time: two would give the same rows. */
const exchangeLock = 7_042;

/** Most minings have nothing to exchange: then these are two look-ups. */
export function exchangeInsights(pool: Pool): Promise<void> {
  return inTransaction(acrossWorkspaces(pool, 'learning'), async (client) => {
    await client.query('SELECT pg_advisory_xact_lock($1)', [exchangeLock]);
    return {
      result: undefined,
      writes: [
        { text: giveText, values: [[InsightKind.pitfall, InsightKind.successPattern, InsightKind.failurePattern]] },
        { text: takeBackText, values: [] },
      ],
    };
  });
}

const isGiven = (insight: string): string =>
  `${insight}.source IS NULL AND ${insight}.expired_at IS NULL AND ${insight}.confidence >= ${thresholdOf(`${insight}.workspace`)}`;

// What names agents or plans is of no use elsewhere, and nobody's business. What was forgotten stays so.
const giveText = `
  INSERT INTO insights (workspace, id, kind, scope, feature, says, counts, links, source)
  SELECT taker.workspace, left(encode(sha256(convert_to(given.workspace || '/' || given.id, 'UTF8')), 'hex'), 16), given.kind, given.scope,
         given.feature, 'In workspace ' || given.workspace || ': ' || given.says, given.counts, '[]',
         jsonb_build_object('workspace', given.workspace, 'id', given.id, 'confidence', given.confidence)
  FROM workspace_settings AS giver
  JOIN workspace_settings AS taker ON taker.workspace <> giver.workspace AND taker.options ->> 'shareInsights' IN ('in', 'both')
  JOIN insights AS given ON given.workspace = giver.workspace AND ${isGiven('given')}
  WHERE giver.options ->> 'shareInsights' IN ('out', 'both') AND given.kind = ANY ($1)
    AND NOT given.scope ?| ARRAY['agent', 'plan', 'task'] AND NOT given.feature ?| ARRAY['agent', 'plan', 'from']
  ORDER BY 1, 2
  ON CONFLICT (workspace, id) DO UPDATE SET says = excluded.says, counts = excluded.counts, source = excluded.source, last_seen = now()
  WHERE insights.source IS DISTINCT FROM excluded.source OR insights.says <> excluded.says`;

const takeBackText = `
  DELETE FROM insights WHERE source ->> 'workspace' IS NOT NULL AND (NOT ${isAllowed} OR (expired_at IS NULL AND NOT EXISTS (
    SELECT FROM insights AS given
    WHERE given.workspace = insights.source ->> 'workspace' AND given.id = insights.source ->> 'id' AND ${isGiven('given')})))`;
