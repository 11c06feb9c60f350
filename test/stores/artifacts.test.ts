import { createArtifactStore } from '../../src/stores/artifacts';
import { keepDocument } from '../helpers/keep-document';
import { ended, started } from './session-driver';
import { settlement } from './settlements';
import { openTestStores, testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;

beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());

const plan = `
version: 1
name: one
agents: { ok: { connector: simulated, latency: 1ms } }
tasks: { only: { agent: ok } }
outputs: { result: "\${{ tasks.only.output }}" }
`;

/** As another process sees them, with nothing in its cache. */
const elsewhere = () => createArtifactStore(stores.pool, { retentionDays: 30 });

const expireAll = () => stores.pool.query(`UPDATE artifacts SET expires_at = now() - interval '1 s'`);

it('stores the same value once in a workspace, and apart from other workspaces', async () => {
  const value = { text: 'nul \u0000, half \ud800, fish 🐟', list: [1, null] };
  const hash = await keepDocument(stores.pool, testWorkspace, value);
  expect(await keepDocument(stores.pool, testWorkspace, value)).toBe(hash);
  expect(await keepDocument(stores.pool, 'other', 'else')).not.toBe(hash);
  const { rows } = await stores.pool.query('SELECT workspace, count(*) FROM artifacts WHERE hash = $1 GROUP BY 1', [
    hash,
  ]);
  expect(rows).toEqual([{ workspace: testWorkspace, count: 1 }]);
  expect(await elsewhere().getJson(testWorkspace, [hash, hash])).toEqual(new Map([[hash, value]]));
  await expect(elsewhere().getJson('other', [hash])).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
});

it('says what to do where an artifact is gone', async () => {
  await expect(elsewhere().getJson(testWorkspace, ['0'.repeat(64)])).rejects.toMatchObject({
    code: 'ARTIFACT_NOT_FOUND',
    message: `Artifact ${'0'.repeat(64)} of workspace "default" is gone: it was past its retention of 30 days. Run the task again.`,
  });
});

it('extends the retention of what is stored again', async () => {
  const hash = await keepDocument(stores.pool, testWorkspace, 'kept');
  await expireAll();
  await keepDocument(stores.pool, testWorkspace, 'kept');
  await stores.artifacts.deleteExpired();
  expect(await elsewhere().getJson(testWorkspace, [hash])).toEqual(new Map([[hash, 'kept']]));
});

it('leaves alone what is there for nearly as long: nobody waits for who stores the same', async () => {
  const hash = await keepDocument(stores.pool, testWorkspace, null);
  const rowOf = async (): Promise<unknown> =>
    (
      await stores.pool.query('SELECT xmin, xmax, expires_at FROM artifacts WHERE workspace = $1 AND hash = $2', [
        testWorkspace,
        hash,
      ])
    ).rows;
  const before = await rowOf();
  expect(await keepDocument(stores.pool, testWorkspace, null)).toBe(hash);
  const session = await stores.addSession(plan, { inputs: {} });
  const [attempt] = (await session.take(started)).attempts;
  if (!attempt) throw new Error('an attempt was expected');
  await stores.attempts.begin(attempt, 'worker');
  await stores.attempts.settle(settlement(attempt, { value: null }));
  expect(await rowOf()).toEqual(before);
  // A tenth of the retention later it is written again.
  await stores.pool.query(`UPDATE artifacts SET expires_at = expires_at - interval '3 days' WHERE hash = $1`, [hash]);
  await keepDocument(stores.pool, testWorkspace, null);
  expect(await rowOf()).not.toEqual(before);
  const { rows } = await stores.pool.query(
    `SELECT expires_at > now() + interval '29 days' AS fresh FROM artifacts WHERE hash = $1`,
    [hash],
  );
  expect(rows).toEqual([{ fresh: true }]);
  await session.take(ended('only'));
});

it('deletes what is past its retention, but not what an open session uses', async () => {
  const session = await stores.addSession(plan, { inputs: {} });
  const [attempt] = (await session.take(started)).attempts;
  if (!attempt) throw new Error('an attempt was expected');
  await stores.attempts.begin(attempt, 'worker');
  await stores.attempts.settle(settlement(attempt, { value: 'the output' }));
  const loose = await keepDocument(stores.pool, testWorkspace, 'of nobody');
  await expireAll();
  await stores.artifacts.deleteExpired();
  await expect(elsewhere().getJson(testWorkspace, [loose])).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });

  await session.take(ended('only'));
  const other = elsewhere();
  expect((await stores.catalog.outputs(testWorkspace, session.id)).get('only')).toBe('the output');
  await expireAll();
  expect(await other.deleteExpired()).toBeGreaterThan(0);
  const { rows } = await stores.pool.query('SELECT count(*) FROM artifacts');
  expect(rows).toEqual([{ count: 0 }]);
});
