import { createHash } from 'node:crypto';
import type { Pool, PoolClient, QueryConfig } from 'pg';
import type { AlertHistoryEntry, AlertOverview, AlertStore } from '../contracts/ports/alert-store';
import { alertEtag } from '../contracts/schemas/etags';
import type { AlertChangeEvent } from '../domain/alerts/alert-event';
import { acknowledgedWords, alertWords } from '../domain/alerts/alert-event';
import { alertNotFound, alertNotRaised } from '../domain/alerts/alert-errors';
import type { AlertRule } from '../domain/alerts/alert-rule';
import { judgeAlert } from '../domain/alerts/judge-alert';
import type { AlertState } from '../domain/alerts/judge-alert';
import { requireMatch } from '../domain/if-match';
import { alertEventId, hasHappened } from './alert-events';
import { databaseJson, databaseText } from './database-text';
import { behindAllTimes, milliseconds, timeOf } from './milliseconds';
import { inTransaction } from './transaction';
import { inWorkspace } from './scope';
import type { Queryable } from './scope';

export function createAlertStore(pool: Pool): AlertStore {
  return {
    set: (workspace, rule, ifMatch) =>
      inTransaction(inWorkspace(pool, workspace), async (client) => {
        if (ifMatch !== undefined) {
          const present = await readRule(client, workspace, rule.name, 'FOR UPDATE');
          requireMatch(ifMatch, present && alertEtag(present), `Alert "${rule.name}"`);
        }
        const { rows } = await client.query<AlertOverview>(
          `INSERT INTO alert_rules (workspace, name, rule) VALUES ($1, $2, $3)
           ON CONFLICT (workspace, name) DO UPDATE SET
             id = DEFAULT, rule = excluded.rule, is_raised = false, streak = 0, value = NULL, sweep = NULL, judged_at = NULL,
             told_at = NULL, acknowledged_at = NULL, acknowledged_by = NULL, note = NULL
           RETURNING ${overviewColumns}`,
          [workspace, rule.name, databaseJson(rule)],
        );
        const [set] = rows;
        if (!set) throw new Error('an upsert returned no row');
        return { result: set, writes: [] };
      }),

    list: async (workspace, { limit = null, after: [last] = [''] } = {}) => {
      const { rows } = await inWorkspace(pool, workspace).query<AlertOverview>(
        `SELECT ${overviewColumns} FROM alert_rules WHERE workspace = $1 AND name > $2 ORDER BY name LIMIT $3`,
        [workspace, last, limit],
      );
      return rows;
    },

    get: (workspace, name) => requireRule(inWorkspace(pool, workspace), workspace, name),

    remove: (workspace, name, ifMatch) =>
      inTransaction(inWorkspace(pool, workspace), async (client) => {
        requireMatch(ifMatch, alertEtag(await requireRule(client, workspace, name, 'FOR UPDATE')), `Alert "${name}"`);
        const text = 'DELETE FROM alert_rules WHERE workspace = $1 AND name = $2';
        return { result: undefined, writes: [{ text, values: [workspace, name] }] };
      }),

    acknowledge: (workspace, name, { by, note }, seed) =>
      inTransaction(inWorkspace(pool, workspace), async (client) => {
        const overview = await requireRule(client, workspace, name, 'FOR UPDATE');
        const id = alertEventId(seed);
        if (seed !== undefined && (await hasHappened(client, workspace, id))) return { result: overview, writes: [] };
        if (!overview.isRaised) throw alertNotRaised(name);
        const at = Date.now();
        const said = [databaseText(by), note === undefined ? null : databaseText(note)] as const;
        return {
          result: { ...overview, acknowledged: { by: said[0], at, note: said[1] } },
          writes: [
            {
              text: `UPDATE alert_rules SET acknowledged_at = to_timestamp($3 / 1000.0), acknowledged_by = $4, note = $5
                     WHERE workspace = $1 AND name = $2`,
              values: [workspace, name, at, ...said],
            },
            {
              text: `INSERT INTO alert_events (workspace, id, type, alert, at, message, rule)
                     SELECT $1, $3, 'acknowledged', $2, to_timestamp($4 / 1000.0), $5, rule FROM alert_rules WHERE workspace = $1 AND name = $2`,
              values: [workspace, name, id, at, databaseText(acknowledgedWords(name, by, note))],
            },
          ],
        };
      }),

    told: async (workspace, event) => {
      const { rows } = await inWorkspace(pool, workspace).query<Pick<AlertHistoryEntry, 'deliveries'>>(
        `SELECT ${deliveriesOf('$2')} AS deliveries`,
        [workspace, event],
      );
      return rows[0]?.deliveries ?? [];
    },

    history: async (workspace, limit, after) => {
      const values = [workspace, limit, ...(after ?? behindAllTimes)];
      const { rows } = await inWorkspace(pool, workspace).query<AlertHistoryEntry>(historyText, values);
      return rows;
    },

    judge: (workspace, sweep, values) =>
      inTransaction(inWorkspace(pool, workspace), async (client) => {
        const rows = await lockRules(client, workspace, sweep);
        const judged = rows.map((row) => {
          const value = values.get(row.id) ?? null;
          const { state, change } = judgeAlert(row.rule, row, value, sweep.at);
          return { id: row.id, rule: row.rule, state, value, change };
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

const overviewColumns = `id, rule, is_raised AS "isRaised", value,
  CASE WHEN acknowledged_at IS NOT NULL THEN
    json_build_object('by', acknowledged_by, 'at', round(extract(epoch FROM acknowledged_at) * 1000), 'note', note) END AS acknowledged`;

async function readRule(
  queryable: Queryable,
  workspace: string,
  name: string,
  lock: '' | 'FOR UPDATE' = '',
): Promise<AlertOverview | undefined> {
  const text = `SELECT ${overviewColumns} FROM alert_rules WHERE workspace = $1 AND name = $2 ${lock}`;
  return (await queryable.query<AlertOverview>(text, [workspace, name])).rows[0];
}

/** Throws ALERT_NOT_FOUND. */
async function requireRule(...which: Parameters<typeof readRule>): Promise<AlertOverview> {
  const found = await readRule(...which);
  if (found) return found;
  const [queryable, workspace, name] = which;
  const text = 'SELECT name FROM alert_rules WHERE workspace = $1';
  const { rows } = await queryable.query<{ name: string }>(text, [workspace]);
  throw alertNotFound(
    'alert',
    name,
    rows.map((row) => row.name),
  );
}

interface RuleRow extends AlertState {
  id: number;
  rule: AlertRule;
}

async function lockRules(client: PoolClient, workspace: string, sweep: { id: string; at: number }): Promise<RuleRow[]> {
  const { rows } = await client.query<RuleRow>(
    `SELECT id, rule, is_raised AS "isRaised", streak, ${milliseconds('told_at')} AS "toldAt", acknowledged_at IS NOT NULL AS "isAcknowledged"
     FROM alert_rules
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
  return alertEventId(hash);
}

/** Events are kept so long. */
const keptDays = 90;

function writesOf(
  workspace: string,
  sweep: { id: string; at: number },
  judged: readonly { id: number; state: AlertState; value: number | null }[],
  events: readonly AlertChangeEvent[],
): QueryConfig[] {
  if (judged.length === 0) return [];
  const states = judged.map(({ id, state, value }) => ({ id, value, ...state }));
  return [
    {
      text: `UPDATE alert_rules SET is_raised = x."isRaised", streak = x.streak, value = x.value, sweep = $2, judged_at = to_timestamp($3 / 1000.0),
               told_at = to_timestamp(x."toldAt" / 1000), acknowledged_at = CASE WHEN x."isAcknowledged" THEN acknowledged_at END,
               acknowledged_by = CASE WHEN x."isAcknowledged" THEN acknowledged_by END, note = CASE WHEN x."isAcknowledged" THEN note END
             FROM jsonb_to_recordset($4) AS x (id bigint, "isRaised" boolean, streak int, value float8, "toldAt" float8, "isAcknowledged" boolean)
             WHERE workspace = $1 AND alert_rules.id = x.id`,
      values: [workspace, sweep.id, sweep.at, JSON.stringify(states)],
    },
    {
      text: `DELETE FROM alert_events WHERE workspace = $1 AND at < now() - $2 * interval '1 day'`,
      values: [workspace, keptDays],
    },
    ...(events.length === 0 ? [] : eventWrites(workspace, events)),
  ];
}

/** The event, a line of what changed of the health where something did, and a delivery to each receiver that there is. */
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
             FROM ${given} WHERE type <> 'repeated'`,
      values,
    },
    {
      text: `INSERT INTO alert_deliveries (workspace, event, webhook)
             SELECT $1, x.id, webhooks.name FROM ${given} JOIN webhooks ON workspace = $1 AND enabled AND 'alert' = ANY (types)`,
      values,
    },
  ];
}

const deliveriesOf = (event: string): string => `
  (SELECT coalesce(json_agg(json_build_object('webhook', webhook, 'tries', tries, 'answer', answer, 'status', CASE
            WHEN delivered_at IS NOT NULL THEN 'delivered' WHEN given_up_at IS NOT NULL THEN 'given up' ELSE 'waiting' END) ORDER BY webhook), '[]')
   FROM alert_deliveries AS one WHERE one.workspace = $1 AND one.event = ${event})`;

const historyText = `
  SELECT id, type, alert, agent, ${milliseconds('at')} AS at, message, rule, value, ${deliveriesOf('happened.id')} AS deliveries
  FROM (
    SELECT * FROM alert_events WHERE workspace = $1 AND (at, id) < (${timeOf('$3')}, $4) ORDER BY at DESC, id DESC LIMIT $2
  ) AS happened
  ORDER BY at DESC, id DESC`;
