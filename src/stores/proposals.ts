import type { Pool, PoolClient } from 'pg';
import type { AppliedProposal, ProposalStore, StoredProposal } from '../contracts/ports/proposal-store';
import {
  changeOverwritten,
  notApplicable,
  notApplied,
  proposalNotFound,
  proposalOutdated,
} from '../domain/optimise/proposal-errors';
import type { ModelOption } from '../domain/models/model-option';
import type { PastAssignment } from '../domain/optimise/past-attempt';
import { applyChange } from './apply-change';
import { explainedIn } from './assignment-batches';
import { databaseJson, databaseText } from './database-text';
import { milliseconds } from './milliseconds';
import { inTransaction } from './transaction';
import { inWorkspace } from './scope';

const appliedColumns = `id AS nr, proposal, says, change, ${milliseconds('applied_at')} AS "appliedAt", ${milliseconds('undone_at')} AS "undoneAt"`;

/** What a proposal is based on is taken to hold for so long. */
const validDays = 7;

export function createProposalStore(pool: Pool): ProposalStore {
  return {
    assignments: async (workspace, limit) => {
      const { rows } = await inWorkspace(pool, workspace).query<{ session: string; content: Buffer }>(
        'SELECT session, content FROM assignment_batches WHERE workspace = $1 ORDER BY at DESC, batch DESC LIMIT $2',
        [workspace, limit],
      );
      const latest = new Map<string, PastAssignment>();
      for (const { session, content } of rows) {
        for (const { run, attempt, assignment } of explainedIn(content)) {
          const key = JSON.stringify([session, run, attempt]);
          if (!latest.has(key)) latest.set(key, { session, run, attempt, assignment });
        }
      }
      return [...latest.values()];
    },

    capacities: async (workspace) => {
      // What lives on a host has the capacity that its file says there.
      const { rows } = await inWorkspace(pool, workspace).query<{ name: string; capacity: number }>(
        `SELECT name, (definition ->> 'maxConcurrent')::int AS capacity FROM agents
         WHERE workspace = $1 AND strpos(name, '@') = 0 ORDER BY name`,
        [workspace],
      );
      return new Map(rows.map(({ name, capacity }) => [name, capacity]));
    },

    models: async (workspace) => {
      const { rows } = await inWorkspace(pool, workspace).query<{ name: string; models: ModelOption[] }>(
        `SELECT name, definition -> 'models' AS models FROM agents
         WHERE workspace = $1 AND strpos(name, '@') = 0 AND definition ? 'models' ORDER BY name`,
        [workspace],
      );
      return new Map(rows.map(({ name, models }) => [name, models]));
    },

    keep: async (workspace, proposals) => {
      await inWorkspace(pool, workspace).query(
        `WITH old AS (DELETE FROM proposals WHERE workspace = $1 AND proposed_at < now() - interval '90 days')
         INSERT INTO proposals (workspace, id, proposal)
         SELECT $1, proposal ->> 'id', proposal FROM jsonb_array_elements($2::jsonb) AS proposal
         ON CONFLICT (workspace, id) DO UPDATE SET proposal = excluded.proposal, proposed_at = now()`,
        [workspace, databaseJson(proposals)],
      );
    },

    ofAgent: async (workspace, { workspace: owner, name }) => {
      const { rows } = await inWorkspace(pool, workspace).query<{ proposal: StoredProposal }>(
        `SELECT proposal FROM proposals
         WHERE workspace = $1 AND proposal -> 'change' -> 'agent' = jsonb_build_object('workspace', $2::text, 'name', $3::text)
           AND proposed_at >= now() - $4 * interval '1 day'
           AND NOT EXISTS (SELECT FROM applied_proposals AS applied
             WHERE applied.workspace = $1 AND applied.proposal = proposals.id AND applied.undone_at IS NULL)
         ORDER BY proposed_at DESC, id LIMIT 20`,
        [workspace, owner, name, validDays],
      );
      return rows.map(({ proposal }) => proposal);
    },

    apply: (workspace, ids, seed) =>
      inTransaction(inWorkspace(pool, workspace), async (client) => {
        const before = await doneBefore(client, workspace, 'request', seed);
        if (before.length > 0) return { result: before, writes: [] };
        const { rows } = await client.query<{ proposal: StoredProposal; isOld: boolean }>(
          `SELECT proposal, proposed_at < now() - $3 * interval '1 day' AS "isOld" FROM proposals
           WHERE workspace = $1 AND id = ANY ($2) FOR UPDATE`,
          [workspace, ids.map(databaseText), validDays],
        );
        const known = new Map(rows.map((row) => [row.proposal.id, row]));
        const applied: AppliedProposal[] = [];
        // In one order, whoever names them in which.
        for (const id of [...new Set(ids)].sort()) {
          const row = known.get(id);
          if (!row) throw proposalNotFound(id);
          const { says, change, advice } = row.proposal;
          if (!change) throw notApplicable(id, advice ?? '');
          const problem = row.isOld
            ? `it is more than ${validDays} days old`
            : await applyChange(client, workspace, change, 'forward');
          if (problem !== undefined) throw proposalOutdated(id, problem);
          const inserted = await client.query<AppliedProposal>(
            `INSERT INTO applied_proposals (workspace, proposal, says, change, request) VALUES ($1, $2, $3, $4, $5) RETURNING ${appliedColumns}`,
            [workspace, id, says, databaseJson(change), seed ?? null],
          );
          applied.push(...inserted.rows);
        }
        return { result: applied, writes: [] };
      }),

    undo: (workspace, id, seed) =>
      inTransaction(inWorkspace(pool, workspace), async (client) => {
        const [before] = await doneBefore(client, workspace, 'undo_request', seed);
        if (before) return { result: before, writes: [] };
        const { rows } = await client.query<AppliedProposal>(
          `SELECT ${appliedColumns} FROM applied_proposals
           WHERE workspace = $1 AND proposal = $2 AND undone_at IS NULL ORDER BY id DESC LIMIT 1 FOR UPDATE`,
          [workspace, id],
        );
        const [row] = rows;
        if (!row) throw notApplied(id);
        const problem = await applyChange(client, workspace, row.change, 'back');
        if (problem !== undefined) throw changeOverwritten(id, problem);
        const undone = await client.query<AppliedProposal>(
          `UPDATE applied_proposals SET undone_at = now(), undo_request = $3 WHERE workspace = $1 AND id = $2 RETURNING ${appliedColumns}`,
          [workspace, row.nr, seed ?? null],
        );
        const [result] = undone.rows;
        if (!result) throw notApplied(id);
        return { result, writes: [] };
      }),

    applied: async (workspace, limit, [last] = [Number.MAX_SAFE_INTEGER]) => {
      const { rows } = await inWorkspace(pool, workspace).query<AppliedProposal>(
        `SELECT ${appliedColumns} FROM applied_proposals WHERE workspace = $1 AND id < $3 ORDER BY id DESC LIMIT $2`,
        [workspace, limit, last],
      );
      return rows;
    },
  };
}

/** What the same request has applied, or undone. */
async function doneBefore(
  client: PoolClient,
  workspace: string,
  column: 'request' | 'undo_request',
  seed: string | undefined,
): Promise<AppliedProposal[]> {
  if (seed === undefined) return [];
  const { rows } = await client.query<AppliedProposal>(
    `SELECT ${appliedColumns} FROM applied_proposals WHERE workspace = $1 AND ${column} = $2 ORDER BY id`,
    [workspace, seed],
  );
  return rows;
}
