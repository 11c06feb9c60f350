import type { Pool } from 'pg';
import type { Approval, ApprovalStore } from '../contracts/ports/approval-store';
import { databaseText } from './database-text';
import { beforeAllTimes, milliseconds, timeOf } from './milliseconds';
import { inWorkspace } from './scope';

export function createApprovalStore(pool: Pool): ApprovalStore {
  return {
    list: async (workspace, { onlyOpen, limit, after: [askedAt, last] = beforeAllTimes }) => {
      const { rows } = await inWorkspace(pool, workspace).query<Approval>(
        `SELECT ${columns} FROM approvals
         WHERE workspace = $1 ${onlyOpen ? `AND status = 'open'` : ''}
           AND (asked_at, id) > (${timeOf('$2')}, $3)
         ORDER BY asked_at, id LIMIT $4`,
        [workspace, askedAt, last, limit],
      );
      return rows;
    },

    find: async (workspace, id) => {
      const { rows } = await inWorkspace(pool, workspace).query<Approval>(
        `SELECT ${columns} FROM approvals WHERE workspace = $1 AND id = $2`,
        [workspace, id],
      );
      return rows[0];
    },

    decide: async (workspace, id, answer, by, seed) => {
      const { rows } = await inWorkspace(pool, workspace).query<Approval>(
        `WITH decided AS (
           UPDATE approvals SET status = $3, decided_at = coalesce(decided_at, now()), decided_by = $4, request = $5
           WHERE workspace = $1 AND id = $2 AND (status = 'open' OR status = $3 AND request = $5) RETURNING *
         )
         SELECT ${columns}, CASE kind WHEN 'conflict' THEN pg_notify('orchestra_conflicts', workspace)
                                      ELSE pg_notify('orchestra_budget', '') END
         FROM decided`,
        [workspace, id, answer, databaseText(by), seed ?? null],
      );
      return rows[0];
    },
  };
}

const columns = `id, question, question_hash AS "questionHash", status, ${milliseconds('asked_at')} AS "askedAt",
  ${milliseconds('decided_at')} AS "decidedAt", decided_by AS "decidedBy", ${milliseconds('used_at')} AS "usedAt"`;
