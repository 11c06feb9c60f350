import type { Pool } from 'pg';
import type { ScheduleDefinition } from '../../src/domain/schedules/schedule';
import { createPool } from '../../src/stores/pool';
import { createScheduleStore } from '../../src/stores/schedules';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
let pool: Pool;

beforeAll(async () => {
  stores = await openTestStores();
  pool = createPool(stores.databaseUrl, { maxConnections: 2 });
});
afterAll(async () => {
  await pool.end();
  await stores.close();
});

const definition: ScheduleDefinition = {
  ...{ name: 'nightly', planName: 'p', planHash: 'h', inputs: {}, baseDirectory: '/' },
  ...{ cron: ['@daily'], timeZone: 'UTC', overlap: 'skip', catchUpMs: 60_000 },
};

it('is changed by one at a time; who waits for it in this process takes no connection from others', async () => {
  const schedules = createScheduleStore(pool);
  await schedules.add('w', definition);
  const done: number[] = [];
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  let begin: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const first = schedules.alone('w', 'nightly', async () => {
    begin();
    await ended;
    done.push(1);
  });
  await begun;
  const others = [2, 3, 4].map((nth) => schedules.alone('w', 'nightly', () => Promise.resolve(done.push(nth))));
  // There are two connections.
  expect((await schedules.find('w', 'nightly'))?.planName).toBe('p');
  end();
  await Promise.all([first, ...others]);
  expect(done).toEqual([1, 2, 3, 4]);
});

it('is changed by one at a time, whatever process they are in', async () => {
  const [here, elsewhere] = [createScheduleStore(pool), createScheduleStore(pool)];
  await here.add('w', { ...definition, name: 'shared' });
  let inside = 0;
  const work = async (): Promise<number> => {
    inside += 1;
    await stores.pool.query('SELECT');
    return inside--;
  };
  const seen = await Promise.all([here, elsewhere].map((store) => store.alone('w', 'shared', work)));
  expect(seen).toEqual([1, 1]);
});

it('stays as it was where the change fails', async () => {
  const schedules = createScheduleStore(pool);
  await schedules.add('w', { ...definition, name: 'kept' });
  const change = schedules.alone('w', 'kept', async (held) => {
    await held.replace({ ...definition, name: 'kept', planName: 'other' });
    throw new Error('changed its mind');
  });
  await expect(change).rejects.toThrow('changed its mind');
  expect((await schedules.find('w', 'kept'))?.planName).toBe('p');
  expect(await schedules.alone('w', 'none', () => Promise.resolve(1))).toBeUndefined();
});
