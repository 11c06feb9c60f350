import { createArtifactStore } from '../../src/stores/artifacts';
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
  const hash = await stores.artifacts.putJson(testWorkspace, value);
  expect(await stores.artifacts.putJson(testWorkspace, value)).toBe(hash);
  expect(await stores.artifacts.putJson('other', 'else')).not.toBe(hash);
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
  const hash = await stores.artifacts.putJson(testWorkspace, 'kept');
  await expireAll();
  await stores.artifacts.putJson(testWorkspace, 'kept');
  await stores.artifacts.deleteExpired();
  expect(await elsewhere().getJson(testWorkspace, [hash])).toEqual(new Map([[hash, 'kept']]));
});

it('deletes what is past its retention, but not what an open session uses', async () => {
  const session = await stores.addSession(plan, { inputs: {} });
  const [attempt] = (await session.take(started)).attempts;
  if (!attempt) throw new Error('an attempt was expected');
  await stores.attempts.begin(attempt, 'worker');
  await stores.attempts.settle(settlement(attempt, { value: 'the output' }));
  const loose = await stores.artifacts.putJson(testWorkspace, 'of nobody');
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
