import type { Pool, PoolClient } from 'pg';
import type { HeldSchedule, ScheduleStore, StoredSchedule } from '../contracts/ports/schedule-store';
import type { ScheduleDefinition } from '../domain/schedules/schedule';
import { databaseText } from './database-text';
import { milliseconds } from './milliseconds';
import { oneAfterAnother } from './one-after-another';
import { inWorkspace } from './scope';
import { inTransaction } from './transaction';

export function createScheduleStore(pool: Pool): ScheduleStore {
  const inTurn = oneAfterAnother();
  return {
    add: async (workspace, definition, seed) => {
      const { rowCount } = await inWorkspace(pool, workspace).query(
        `INSERT INTO schedules (workspace, name, plan_name, plan_hash, inputs, base_directory, times, request)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
        [...valuesOf(workspace, definition), seed ?? null],
      );
      return rowCount === 1;
    },

    find: async (workspace, name) => {
      const { rows } = await inWorkspace(pool, workspace).query<ScheduleRow>(`${select} AND name = $2`, [
        workspace,
        name,
      ]);
      return rows.map(scheduleOf)[0];
    },

    list: async (workspace, { limit = null, after: [last] = [''] } = {}) => {
      const { rows } = await inWorkspace(pool, workspace).query<ScheduleRow>(
        `${select} AND name > $2 ORDER BY name LIMIT $3`,
        [workspace, last, limit],
      );
      return rows.map(scheduleOf);
    },

    // Whoever waits for others of this process waits here, and not with a connection that others need.
    alone: (workspace, name, work) =>
      inTurn(`${workspace}/${name}`, () =>
        inTransaction(inWorkspace(pool, workspace), async (client) => {
          const { rowCount } = await client.query(
            'SELECT FROM schedules WHERE workspace = $1 AND name = $2 FOR NO KEY UPDATE',
            [workspace, name],
          );
          return { result: rowCount === 0 ? undefined : await work(heldSchedule(client, workspace, name)), writes: [] };
        }),
      ),

    started: async (workspace, name, problem) => {
      await inWorkspace(pool, workspace).query('UPDATE schedules SET problem = $3 WHERE workspace = $1 AND name = $2', [
        workspace,
        name,
        problem === null ? null : databaseText(problem),
      ]);
    },
  };
}

function heldSchedule(client: PoolClient, workspace: string, name: string): HeldSchedule {
  const key = [workspace, name];
  const put = async (definition: ScheduleDefinition, request: string, ...more: unknown[]): Promise<void> => {
    await client.query(
      `UPDATE schedules SET plan_name = $3, plan_hash = $4, inputs = $5, base_directory = $6, times = $7, request = ${request},
                            updated_at = now(), problem = NULL
       WHERE workspace = $1 AND name = $2`,
      [...valuesOf(workspace, definition), ...more],
    );
  };
  return {
    read: async () => {
      const { rows } = await client.query<ScheduleRow>(`${select} AND name = $2`, key);
      return scheduleOf(rows[0] as ScheduleRow);
    },
    isOf: async (seed) => {
      const { rowCount } = await client.query(
        'SELECT FROM schedules WHERE workspace = $1 AND name = $2 AND request = $3',
        [...key, seed ?? null],
      );
      return rowCount === 1;
    },
    replace: (definition) => put(definition, 'request'),
    makeAnew: (definition, seed) => put(definition, '$8', seed ?? null),
    remove: async () => {
      await client.query('DELETE FROM schedules WHERE workspace = $1 AND name = $2', key);
    },
    nextTrigger: async () => {
      const { rows } = await client.query<{ at: number }>(
        `UPDATE schedules SET triggered_at = greatest(date_trunc('second', clock_timestamp()), triggered_at + interval '1 second')
         WHERE workspace = $1 AND name = $2 RETURNING ${milliseconds('triggered_at')} AS at`,
        key,
      );
      return (rows[0] as { at: number }).at;
    },
  };
}

type Times = Pick<ScheduleDefinition, 'cron' | 'timeZone' | 'overlap' | 'catchUpMs'>;
type ScheduleRow = Omit<StoredSchedule, keyof Times> & { times: Times };

const select = `
  SELECT name, plan_name AS "planName", plan_hash AS "planHash", inputs, base_directory AS "baseDirectory", times, problem,
         ${milliseconds('created_at')} AS "createdAt", ${milliseconds('updated_at')} AS "updatedAt"
  FROM schedules WHERE workspace = $1`;

function scheduleOf({ times, ...row }: ScheduleRow): StoredSchedule {
  return { ...row, ...times };
}

function valuesOf(workspace: string, definition: ScheduleDefinition): unknown[] {
  const { name, planName, planHash, inputs, baseDirectory, cron, timeZone, overlap, catchUpMs } = definition;
  const times: Times = { cron, timeZone, overlap, catchUpMs };
  return [workspace, name, planName, planHash, JSON.stringify(inputs), baseDirectory, JSON.stringify(times)];
}
