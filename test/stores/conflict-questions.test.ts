import type { Approval } from '../../src/contracts/ports/approval-store';
import { createAgentRegistry } from '../../src/stores/agents';
import { createApprovalStore } from '../../src/stores/approvals';
import { grantRoom } from '../../src/workers/grant-room';
import { grantedEvent } from '../../src/workers/line-keeper';
import { definitionOf } from '../helpers/agent-definitions';
import { fresh, hear, holdsOf, one, settle, stateOf } from './conflict-plans';
import { occupy } from './registered-agents';
import { ended, started } from './session-driver';
import type { SessionDriver } from './session-driver';
import { openTestStores, testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());

const asking = (resource: string, more = ''): string => one(`writes: ["${resource}"], onConflict: ask${more}`);

async function questionsOf({ id }: SessionDriver): Promise<Approval[]> {
  const all = await createApprovalStore(stores.pool).list(testWorkspace, { onlyOpen: false, limit: 1_000 });
  return all.filter(({ question }) => question.session === id);
}

async function answer(session: SessionDriver, status: 'approved' | 'rejected'): Promise<string> {
  const open = (await questionsOf(session)).find((question) => question.status === 'open');
  if (!open) throw new Error('nothing is asked');
  await createApprovalStore(stores.pool).decide(testWorkspace, open.id, status, 'ada');
  return open.id;
}

/** Somebody has the resource, and another session asks whether it may have it all the same. */
async function conflict(more = '') {
  const resource = fresh();
  const [first, second] = [
    await stores.addSession(one(`writes: ["${resource}"]`)),
    await stores.addSession(asking(resource, more)),
  ];
  const [held] = (await first.take(started)).attempts;
  expect((await second.take(started)).attempts).toEqual([]);
  return { resource, first, second, held };
}

describe('a run that asks whether it may go ahead', () => {
  it('waits, and says what it asks', async () => {
    const { resource, first, second } = await conflict();
    expect(await stateOf(stores, second)).toEqual(['waiting', 'conflict', null]);
    const words = `${resource}, which task fix of session ${first.id} writes`;
    const [asked, ...others] = await questionsOf(second);
    expect(others).toEqual([]);
    expect(asked).toMatchObject({
      status: 'open',
      question: {
        kind: 'conflict',
        run: 'fix',
        attempt: 1,
        needs: { writes: [resource], reads: [] },
        inSpiteOf: [words],
      },
    });
    const [run] = await stores.catalog.runs(testWorkspace, second.id);
    expect(run?.waitsFor).toBe(`${words}; or the answer to ${asked?.id}`);
    expect((await hear(stores, second)).attempts).toEqual([]);
  });

  it('goes ahead once where it is approved', async () => {
    const { resource, first, second } = await conflict(', retry: { attempts: 3, initialInterval: 0ms }');
    const id = await answer(second, 'approved');
    const [attempt] = (await hear(stores, second)).attempts;
    expect(await holdsOf(stores, second)).toMatchObject([
      { inSpiteOf: `${resource}, which task fix of session ${first.id} writes` },
    ]);
    expect(await questionsOf(second)).toMatchObject([{ id, status: 'approved', usedAt: expect.any(Number) }]);
    await settle(stores, attempt);
    expect((await second.take(ended('fix', 1, 'failed'))).attempts).toEqual([]);
    expect((await questionsOf(second)).map(({ question, status }) => [question.attempt, status])).toEqual([
      [1, 'approved'],
      [2, 'open'],
    ]);
  });

  it('fails where it is rejected, and is not tried again', async () => {
    const { resource, first, second } = await conflict(', retry: { attempts: 3 }');
    const id = await answer(second, 'rejected');
    expect((await hear(stores, second)).attempts).toEqual([]);
    expect(await stateOf(stores, second)).toEqual([
      'failed',
      'conflict',
      `It needs ${resource}, which task fix of session ${first.id} writes. To go ahead all the same was rejected (${id}).`,
    ]);
  });

  it('starts when the conflict has gone, and the question with it', async () => {
    const { second, held } = await conflict();
    await settle(stores, held);
    expect((await hear(stores, second)).attempts).toHaveLength(1);
    expect(await questionsOf(second)).toMatchObject([{ status: 'withdrawn' }]);
  });

  it.each([
    ['cancelled', { id: 'c', type: 'cancel-requested' }],
    ['paused', { id: 'p', type: 'pause-requested' }],
    ['let go ahead by name', { id: 'r', type: 'resolve-requested', run: 'fix' }],
  ] as const)('asks no more when it is %s', async (_, event) => {
    const { second } = await conflict();
    await second.take(event);
    expect(await questionsOf(second)).toMatchObject([{ status: 'withdrawn' }]);
  });

  it('asks the same again after a pause, and takes the answer', async () => {
    const { second } = await conflict();
    await second.take({ id: 'p', type: 'pause-requested' });
    await second.take({ id: 'r', type: 'resume-requested' });
    expect(await questionsOf(second)).toMatchObject([{ status: 'open' }]);
    await answer(second, 'approved');
    expect((await hear(stores, second)).attempts).toHaveLength(1);
  });

  it('asks anew where others have it by then than those that were approved', async () => {
    const { resource, second, held } = await conflict();
    const urgent = await stores.addSession(one(`writes: ["${resource}"], priority: 1`));
    await urgent.take(started);
    await answer(second, 'approved');
    await settle(stores, held);
    expect((await hear(stores, urgent)).attempts).toHaveLength(1);
    expect((await hear(stores, second)).attempts).toEqual([]);
    expect(await questionsOf(second)).toMatchObject([
      { status: 'approved', usedAt: null },
      { status: 'open', question: { inSpiteOf: [`${resource}, which task fix of session ${urgent.id} writes`] } },
    ]);
  });
});

it('an approval is used up only with a start: who waits for an agent meanwhile keeps it', async () => {
  const resource = fresh();
  const key = { workspace: testWorkspace, name: 'painter' };
  await createAgentRegistry(stores.pool).add(testWorkspace, [definitionOf('painter', { maxConcurrent: 1 })]);
  stores.directory.forget();
  const first = await stores.addSession(one(`writes: ["${resource}"]`));
  await first.take(started);
  const free = await occupy(stores.pool, key);
  const plan = `version: 1\nname: p\ntasks: { fix: { agent: painter, writes: ["${resource}"], onConflict: ask } }\n`;
  const second = await stores.addSession(plan);
  await second.take(started);
  await answer(second, 'approved');
  expect((await hear(stores, second)).attempts).toEqual([]);
  expect(await stateOf(stores, second)).toEqual(['waiting', 'capacity', null]);
  expect(await questionsOf(second)).toMatchObject([{ status: 'approved', usedAt: null }]);
  await free();
  stores.directory.forget();
  const { turns } = await grantRoom(stores.line, stores.directory);
  expect((await second.take(...turns.map(grantedEvent))).attempts).toHaveLength(1);
  expect(await questionsOf(second)).toMatchObject([{ status: 'approved', usedAt: expect.any(Number) }]);
  expect(await holdsOf(stores, second)).toMatchObject([{ inSpiteOf: expect.stringContaining(first.id) }]);
});

it('nobody is left in the line who joined it in the turn in which the session failed', async () => {
  const [resource, other] = [fresh(), fresh()];
  const holding = await stores.addSession(one(`writes: ["${resource}"]`, `also: { agent: ok, writes: ["${other}"] }`));
  await holding.take(started);
  const session = await stores.addSession(
    one(
      `writes: ["${resource}"], onConflict: ask, priority: 1`,
      `refused: { agent: ok, writes: ["${other}"], onConflict: refuse }`,
    ),
  );
  await session.take(started);
  expect(session.state?.ended?.status).toBe('failed');
  const { waiters } = await stores.conflicts.claims(testWorkspace);
  expect(waiters.filter((waiter) => waiter.session === session.id)).toEqual([]);
  expect((await questionsOf(session)).filter(({ status }) => status === 'open')).toEqual([]);
});
