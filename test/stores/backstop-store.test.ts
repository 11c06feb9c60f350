import { takeTurn } from '../../src/activities/turn/take-turn';
import { ended, lost, started } from './session-driver';
import type { SessionDriver } from './session-driver';
import { settlement } from './settlements';
import { openTestStores, testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';
import { beforeTurnAhead } from './turn-ahead';

let stores: TestStores;

beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());

const agents = 'agents: { ok: { connector: simulated, latency: 1ms } }';
const chain = `
version: 1
name: chain
${agents}
tasks:
  first: { agent: ok }
  second: { needs: [first], agent: ok }
`;
const parentPlan = '\nversion: 1\nname: parent\ntasks: { review: { plan: ./child.plan.yaml } }\n';
const childPlan = `\nversion: 1\nname: child\n${agents}\ntasks: { only: { agent: ok } }\noutputs: { got: "\${{ tasks.only.output }}" }\n`;

/** A parent session and the session of its sub-plan, both started. */
async function parentAndChild(): Promise<{ parent: SessionDriver; child: SessionDriver }> {
  const parent = await stores.addSession(parentPlan, { files: { 'child.plan.yaml': childPlan } });
  const { commands } = await parent.take(started);
  expect(commands).toContainEqual({ type: 'start-child', run: 'review', attempt: 1 });
  return { parent, child: stores.driverOf(`${parent.id}.review`) };
}

async function begin(session: SessionDriver) {
  const [attempt] = (await session.take(started)).attempts;
  if (!attempt) throw new Error('an attempt was expected');
  await stores.attempts.begin(attempt, 'worker');
  return attempt;
}

const ofSession = <Item extends { session: string }>(items: Item[], { id }: SessionDriver): Item[] =>
  items.filter(({ session }) => session === id);

it('finds outcomes that no turn has taken in, until one has', async () => {
  const session = await stores.addSession(chain);
  const attempt = await begin(session);
  await stores.attempts.settle(settlement(attempt));
  expect(ofSession(await stores.backstop.unacceptedOutcomes(3_600_000, 100), session)).toEqual([]);
  expect(ofSession(await stores.backstop.unacceptedOutcomes(-1_000, 100), session)).toEqual([
    {
      workspace: testWorkspace,
      session: session.id,
      run: 'first',
      attempt: 1,
      verdict: 'succeeded',
      lost: false,
      retryable: true,
      retryAfterMs: null,
    },
  ]);
  await session.take(ended('first'));
  expect(ofSession(await stores.backstop.unacceptedOutcomes(-1_000, 100), session)).toEqual([]);
});

it('finds leases that have run out, and no others', async () => {
  const session = await stores.addSession(chain);
  await begin(session);
  const unbegun = await stores.addSession(chain);
  await unbegun.take(started);
  expect(ofSession(await stores.backstop.expiredLeases(100), session)).toEqual([]);
  await stores.expireLeases(session);
  await stores.expireLeases(unbegun);
  expect(ofSession(await stores.backstop.expiredLeases(100), session)).toMatchObject([{ run: 'first', attempt: 1 }]);
  expect(ofSession(await stores.backstop.expiredLeases(100), unbegun)).toEqual([]);
});

it('gives leases their time again after PostgreSQL was started', async () => {
  const session = await stores.addSession(chain);
  const attempt = await begin(session);
  await stores.expireLeases(session);
  // Longer than this server runs.
  await stores.pool.query(`UPDATE sessions SET settings = settings || '{"leaseMs": 1000000000}' WHERE id = $1`, [
    session.id,
  ]);
  expect(ofSession(await stores.backstop.expiredLeases(100), session)).toEqual([]);
  expect((await session.take(lost('first'))).result.accepted).toEqual([]);
  expect(session.status('first')).toBe('running');
  await stores.backstop.markUndeliverable(testWorkspace, session.id);
  expect(await stores.attempts.extend([attempt], 30_000)).toEqual([]);
});

it('finds open sessions that have not moved, in no order that hides some for ever', async () => {
  const quiet = await Promise.all(Array.from({ length: 6 }, () => stores.addSession(chain)));
  const seen = new Set<string>();
  for (let look = 0; look < 500 && seen.size < 6; look += 1) {
    const found = await stores.backstop.quietSessions(-1_000, 2);
    expect(found.length).toBeLessThanOrEqual(2);
    found.filter(({ session }) => quiet.some(({ id }) => id === session)).forEach(({ session }) => seen.add(session));
  }
  expect(seen.size).toBe(6);
  expect(await stores.backstop.quietSessions(3_600_000, 100)).toEqual([]);
});

it('ends a session in the read model whose workflow is gone: what ran is told to stop, what waited is withdrawn', async () => {
  const session = await stores.addSession(`
version: 1
name: two
${agents}
tasks: { begun: { agent: ok }, waits: { agent: ok }, later: { needs: [begun], agent: ok } }
`);
  const { attempts } = await session.take(started);
  const [begun, waiting] = attempts;
  if (!begun || !waiting) throw new Error('two attempts were expected');
  await stores.attempts.begin(begun, 'worker');
  await stores.backstop.abandonSession(testWorkspace, session.id, 'terminated by \u0000 somebody');

  const overview = await stores.catalog.find(testWorkspace, session.id);
  expect(overview).toMatchObject({
    status: 'failed',
    error: 'terminated by \ufffd somebody',
    endedAt: expect.any(Number),
  });
  expect(overview?.progress).toMatchObject({ status: 'failed', running: 0 });
  const runs = await stores.catalog.runs(testWorkspace, session.id);
  expect(runs.map(({ status }) => status)).toEqual(['cancelled', 'cancelled', 'cancelled']);
  expect(await stores.attempts.extend([begun], 30_000)).toEqual([begun]);
  expect(await stores.attempts.begin(waiting, 'worker')).toEqual({ kind: 'refused' });
  await stores.attempts.settle(settlement(begun, { verdict: 'cancelled' }));

  await stores.backstop.abandonSession(testWorkspace, session.id, 'once more');
  expect(await stores.catalog.find(testWorkspace, session.id)).toMatchObject({
    error: 'terminated by \ufffd somebody',
  });
});

it('takes no turn any more of a workflow run whose session was given up, also where it ran ahead', async () => {
  const { work, session, next, settlements, ground } = await beforeTurnAhead(stores, chain);
  await stores.backstop.abandonSession(testWorkspace, session.id, 'gone');
  await expect(takeTurn(work, next, { settlements, ground })).rejects.toMatchObject({ code: 'RUN_SUPERSEDED' });
  await expect(takeTurn(work, next)).rejects.toMatchObject({ code: 'RUN_SUPERSEDED' });
  expect(await stores.catalog.find(testWorkspace, session.id)).toMatchObject({ status: 'failed', error: 'gone' });
  // A reset in Temporal makes a run of its own, which goes on.
  const { turn } = await takeTurn(work, { ...next, runId: 'reset' });
  expect(turn.accepted).toHaveLength(1);
  expect(await stores.catalog.find(testWorkspace, session.id)).toMatchObject({ status: 'running', error: null });
});

it('gives up on outcomes and on silent attempts of a session that has closed', async () => {
  const session = await stores.addSession(chain);
  const attempt = await begin(session);
  await stores.backstop.abandonSession(testWorkspace, session.id, 'gone');
  await stores.expireLeases(session);
  expect(ofSession(await stores.backstop.expiredLeases(100), session)).toHaveLength(1);
  await stores.backstop.markUndeliverable(testWorkspace, session.id);
  expect(ofSession(await stores.backstop.expiredLeases(100), session)).toEqual([]);
  // Its worker was only slow: the cost counts.
  await stores.attempts.settle(settlement(attempt));
  expect(ofSession(await stores.backstop.unacceptedOutcomes(-1_000, 100), session)).toEqual([]);
  const { rows } = await stores.pool.query('SELECT entry FROM ledger WHERE session = $1 ORDER BY id', [session.id]);
  expect(rows).toEqual([{ entry: 'reserved' }, { entry: 'kept' }, { entry: 'settled' }]);
});

it('hands the end of a child session to its parent, with its outputs', async () => {
  const { parent, child } = await parentAndChild();
  await stores.attempts.settle(settlement(await begin(child), { value: 42 }));
  await child.take(ended('only'));
  expect(stores.toldParents).toContain(parent.id);
  const outcome = await stores.backstop.outcomeOf(testWorkspace, parent.id, 'review', 1);
  expect(outcome).toMatchObject({ verdict: 'succeeded', lost: false });
  await parent.take(ended('review'));
  expect(parent.state?.ended?.status).toBe('succeeded');
  expect(await stores.catalog.outputs(testWorkspace, parent.id)).toEqual(new Map([['review', { got: 42 }]]));
});

it('tells the parent of a child session that is gone, once', async () => {
  const { parent, child } = await parentAndChild();
  await stores.backstop.abandonSession(testWorkspace, child.id, 'terminated');
  await stores.backstop.abandonSession(testWorkspace, child.id, 'terminated');
  expect(ofSession(await stores.backstop.unacceptedOutcomes(-1_000, 100), parent)).toMatchObject([
    { run: 'review', attempt: 1, verdict: 'failed', lost: false, retryable: true },
  ]);
  await parent.take(ended('review', 1, 'failed'));
  const runs = await stores.catalog.runs(testWorkspace, parent.id);
  expect(runs.find(({ run }) => run === 'review')?.error).toBe('terminated');
});

it('finds child sessions whose parent has ended without them', async () => {
  const { parent, child } = await parentAndChild();
  expect(ofSession(await stores.backstop.orphans(100), child)).toEqual([]);
  await stores.backstop.abandonSession(testWorkspace, parent.id, 'terminated');
  expect(ofSession(await stores.backstop.orphans(100), child)).toEqual([
    { workspace: testWorkspace, session: child.id },
  ]);
  await child.take(started, { id: 'orphaned', type: 'cancel-requested' });
  expect(ofSession(await stores.backstop.orphans(100), child)).toEqual([]);
});
