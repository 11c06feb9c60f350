import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import type { DiscoveryStore } from '../contracts/ports/discovery-store';
import { canonicalJson } from '../domain/canonical-json';
import { mostClaims } from '../domain/learning/insights/discovery';
import { InsightKind } from '../domain/learning/insights/insight';
import { databaseJson } from './database-text';
import { inTransaction } from './transaction';
import { inWorkspace } from './scope';

export function createDiscoveryStore(pool: Pool): DiscoveryStore {
  return {
    keep: ({ workspace, session, run, attempt }, agent, claims) => {
      const rows = claims.map(({ scope, feature, says }) => ({
        id: idOf(agent, canonicalJson([{ ...scope }, { ...feature }, says])),
        scope,
        feature,
        says,
      }));
      // One statement for all that say the same at once: rows in the order of their ids.
      rows.sort((a, b) => (a.id < b.id ? -1 : 1));
      const writes = [
        {
          text: keepText,
          values: [
            workspace,
            databaseJson(rows),
            databaseJson({ agent }),
            databaseJson([{ session, run, attempt }]),
            InsightKind.discovery,
          ],
        },
        { text: dropText, values: [workspace, agent, mostClaims, InsightKind.discovery] },
      ];
      return inTransaction(inWorkspace(pool, workspace), () => Promise.resolve({ result: undefined, writes }));
    },
  };
}

function idOf(agent: string, claim: string): string {
  return createHash('sha256').update(`${agent} ${claim}`).digest('hex').slice(0, 16);
}

// What was forgotten, or did harm, stays so.
const keepText = `
  INSERT INTO insights (workspace, id, kind, scope, feature, says, counts, links, source)
  SELECT DISTINCT ON (id) $1, id, $5, scope, feature, says, '{}'::jsonb, $4::jsonb, $3::jsonb
  FROM jsonb_to_recordset($2) AS said (id text, scope jsonb, feature jsonb, says text) ORDER BY id
  ON CONFLICT (workspace, id) DO UPDATE SET last_seen = now(), links = excluded.links`;

const dropText = `
  DELETE FROM insights WHERE workspace = $1 AND id IN (
    SELECT id FROM insights
    WHERE workspace = $1 AND kind = $4 AND source ->> 'agent' = $2 AND confidence IS NULL AND expired_at IS NULL
    ORDER BY last_seen DESC, id OFFSET $3)`;
