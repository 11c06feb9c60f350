import { createHash } from 'node:crypto';
import type { Pool, PoolClient, QueryConfig } from 'pg';
import type { AlertHistoryEntry, AlertOverview, AlertStore } from '../contracts/ports/alert-store';
import type { AlertChangeEvent } from '../domain/alerts/alert-event';
import { alertWords } from '../domain/alerts/alert-event';
import { alertNotFound } from '../domain/alerts/alert-errors';
import type { AlertRule } from '../domain/alerts/alert-rule';
import { judgeAlert } from '../domain/alerts/judge-alert';
import { databaseJson } from './database-text';
import { milliseconds } from './milliseconds';
import { inTransaction } from './transaction';
import { inWorkspace } from './scope';

export function createAlertStore(pool: Pool): AlertStore {
  return {
    set: async (workspace, rule) => {
      await inWorkspace(pool, workspace).query(
        `INSERT INTO alert_rules (workspace, name, rule) VALUES ($1, $2, $3)
         ON CONFLICT (workspace, name) DO UPDATE SET
           id = DEFAULT, rule = excluded.rule, is_raised = false, streak = 0, value = NULL, sweep = NULL, judged_at = NULL`,
        [workspace, rule.name, databaseJson(rule)],
      );
    },

    list: async (workspace) => {
      const { rows } = await inWorkspace(pool, workspace).query<AlertOverview>(
        `SELECT id, rule, is_raised AS "isRaised", value FROM alert_rules WHERE workspace = $1 ORDER BY name`,
        [workspace],
      );
      return rows;
    },

    remove: async (workspace, name) => {
      const { rows } = await inWorkspace(pool, workspace).query<{ name: string; removed: boolean }>(
        `WITH gone AS (DELETE FROM alert_rules WHERE workspace = $1 AND name = $2 RETURNING name)
         SELECT name, name IN (SELECT name FROM gone) AS removed FROM alert_rules WHERE workspace = $1`,
        [workspace, name],
      );
      if (!rows.some(({ removed }) => removed)) {
        throw alertNotFound(
          'alert',
          name,
          rows.map((row) => row.name),
        );
      }
    },

    history: async (workspace, limit) => {
      const { rows } = await inWorkspace(pool, workspace).query<AlertHistoryEntry>(historyText, [workspace, limit]);
      return rows;
    },

    judge: (workspace, sweep, values) =>
      inTransaction(inWorkspace(pool, workspace), async (client) => {
        const rows = await lockRules(client, workspace, sweep);
        const judged = rows.map((row) => {
          const value = values.get(row.id) ?? null;
          const { state, change } = judgeAlert(row.rule, row, value);
          return { ...row, ...state, value, change };
        });
        const events = judged.flatMap(({ id, rule, value, change }): AlertChangeEvent[] =>
          change === null || value === null
            ? []
            : [
                {
                  id: eventId(workspace, id, sweep.id),
                  type: change,
                  alert: rule.name,
                  at: sweep.at,
                  message: alertWords(rule, change, value),
                  rule,
                  value,
                },
              ],
        );
        return { result: events, writes: writesOf(workspace, sweep, judged, events) };
      }),
  };
}

interface RuleRow {
  id: number;
  rule: AlertRule;
  isRaised: boolean;
  streak: number;
}

async function lockRules(client: PoolClient, workspace: string, sweep: { id: string; at: number }): Promise<RuleRow[]> {
  const { rows } = await client.query<RuleRow>(
    `SELECT id, rule, is_raised AS "isRaised", streak FROM alert_rules
     WHERE workspace = $1 AND (sweep IS NULL OR sweep <> $2 AND judged_at < to_timestamp($3 / 1000.0)) ORDER BY name FOR UPDATE`,
    [workspace, sweep.id, sweep.at],
  );
  return rows;
}

/** The same however often the sweep is repeated. */
function eventId(workspace: string, rule: number, sweep: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([workspace, rule, sweep]))
    .digest('hex');
  return `msg_${hash.slice(0, 24)}`;
}

/** Events are kept so long. */
const keptDays = 90;

function writesOf(
  workspace: string,
  sweep: { id: string; at: number },
  judged: readonly (RuleRow & { value: number | null })[],
  events: readonly AlertChangeEvent[],
): QueryConfig[] {
  if (judged.length === 0) return [];
  const state = judged.map(({ id, isRaised, streak, value }) => ({ id, isRaised, streak, value }));
  return [
    {
      text: `UPDATE alert_rules SET is_raised = x."isRaised", streak = x.streak, value = x.value, sweep = $2, judged_at = to_timestamp($3 / 1000.0)
             FROM jsonb_to_recordset($4) AS x (id bigint, "isRaised" boolean, streak int, value float8)
             WHERE workspace = $1 AND alert_rules.id = x.id`,
      values: [workspace, sweep.id, sweep.at, JSON.stringify(state)],
    },
    {
      text: `DELETE FROM alert_events WHERE workspace = $1 AND at < now() - $2 * interval '1 day'`,
      values: [workspace, keptDays],
    },
    ...(events.length === 0 ? [] : eventWrites(workspace, events)),
  ];
}

/** The event, a line of what changed of the health, and a delivery to each receiver that there is. */
function eventWrites(workspace: string, events: readonly AlertChangeEvent[]): QueryConfig[] {
  const values = [workspace, databaseJson(events)];
  const given = `jsonb_to_recordset($2) AS x (id text, type text, alert text, at float8, message text, rule jsonb, value float8)`;
  return [
    {
      text: `INSERT INTO alert_events (workspace, id, type, alert, at, message, rule, value)
             SELECT $1, id, type, alert, to_timestamp(at / 1000), message, rule, value FROM ${given}`,
      values,
    },
    {
      text: `INSERT INTO health_events (workspace, at, type, subject, from_status, to_status, message)
             SELECT $1, to_timestamp(at / 1000), 'alert-' || type, alert,
                    CASE type WHEN 'raised' THEN 'calm' ELSE 'raised' END, CASE type WHEN 'raised' THEN 'raised' ELSE 'calm' END, message
             FROM ${given}`,
      values,
    },
    {
      text: `INSERT INTO alert_deliveries (workspace, event, webhook)
             SELECT $1, x.id, webhooks.name FROM ${given} JOIN webhooks ON workspace = $1 AND enabled AND 'alert' = ANY (types)`,
      values,
    },
  ];
}

const historyText = `
  SELECT id, type, alert, ${milliseconds('at')} AS at, message, rule, value, coalesce(told.deliveries, '[]') AS deliveries
  FROM alert_events AS happened
  LEFT JOIN LATERAL (
    SELECT json_agg(json_build_object('webhook', webhook, 'tries', tries, 'answer', answer, 'status', CASE
             WHEN delivered_at IS NOT NULL THEN 'delivered' WHEN given_up_at IS NOT NULL THEN 'given up' ELSE 'waiting' END) ORDER BY webhook) AS deliveries
    FROM alert_deliveries AS one WHERE one.workspace = $1 AND one.event = happened.id
  ) AS told ON true
  WHERE workspace = $1 ORDER BY at DESC, id LIMIT $2`;
