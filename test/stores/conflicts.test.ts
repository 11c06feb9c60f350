import { Client } from 'pg';
import type { RunTaskInput } from '../../src/contracts/protocol/activities';
import { lockClaims } from '../../src/stores/resource-claims';
import { turnsThatCame } from '../../src/workers/conflict-keeper';
import { until } from '../helpers/until';
import { agents, fresh, hear, holdsOf, one, settle, stateOf } from './conflict-plans';
import { ended, lost, started } from './session-driver';
import type { SessionDriver } from './session-driver';
import { settlement } from './settlements';
import { openTestStores, testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;

beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());

const waits = async (session: SessionDriver) => {
  const { waiters } = await stores.conflicts.claims(testWorkspace);
  return waiters.filter((waiter) => waiter.session === session.id);
};

describe('runs of two sessions that write the same', () => {
  it('never run at once: the later one waits, and goes when the first has ended', async () => {
    const plan = one(`writes: ["${fresh()}"]`);
    const [first, second] = [await stores.addSession(plan), await stores.addSession(plan)];
    const { attempts } = await first.take(started);
    expect((await second.take(started)).attempts).toEqual([]);
    expect(await stateOf(stores, second)).toEqual(['waiting', 'conflict', null]);
    expect((await hear(stores, second)).attempts).toEqual([]);

    await settle(stores, attempts[0]);
    expect(await holdsOf(stores, first)).toEqual([]);
    expect((await hear(stores, second)).attempts).toHaveLength(1);
    expect(await waits(second)).toEqual([]);
    expect(await holdsOf(stores, second)).toHaveLength(1);
  });

  it('say in the log whom they wait for', async () => {
    const resource = fresh();
    const plan = one(`writes: ["${resource}"]`);
    const [first, second] = [await stores.addSession(plan), await stores.addSession(plan)];
    await first.take(started);
    await second.take(started);
    const log = await stores.catalog.log(testWorkspace, second.id, 0, 100);
    expect(log.find(({ type }) => type === 'task-waiting')?.data).toEqual({
      reason: 'conflict',
      waitsFor: `${resource}, which task fix of session ${first.id} writes`,
    });
  });

  it('are shown with whom they wait for by now', async () => {
    const resource = fresh();
    const sessions = [];
    for (let count = 0; count < 3; count++) sessions.push(await stores.addSession(one(`writes: ["${resource}"]`)));
    const [first, second, third] = sessions as [SessionDriver, SessionDriver, SessionDriver];
    const [attempt] = (await first.take(started)).attempts;
    await second.take(started);
    await third.take(started);
    const shown = async ({ id }: SessionDriver) => (await stores.catalog.runs(testWorkspace, id))[0]?.waitsFor;
    expect(await shown(third)).toBe(`${resource}, which task fix of session ${first.id} writes`);
    await settle(stores, attempt);
    expect(await shown(second)).toBe('its turn, which has just come');
    expect(await shown(third)).toBe(
      `${resource}, which task fix of session ${second.id} is before it in the line to write`,
    );
    expect(await shown(first)).toBe(null);
  });

  it('go in the order of priority and age, and a newcomer overtakes nobody', async () => {
    const resource = fresh();
    const [holding, reader, writer, urgent, late] = [
      await stores.addSession(one(`reads: ["${resource}"]`)),
      await stores.addSession(one(`reads: ["${resource}"]`)),
      await stores.addSession(one(`writes: ["${resource}"]`)),
      await stores.addSession(one(`writes: ["${resource}"], priority: 1`)),
      await stores.addSession(one(`reads: ["${resource}"]`)),
    ];
    const [held] = (await holding.take(started)).attempts;
    const [read] = (await reader.take(started)).attempts;
    for (const session of [writer, urgent, late]) expect((await session.take(started)).attempts).toEqual([]);
    await settle(stores, held);
    await settle(stores, read);
    const news = await turnsThatCame(stores.conflicts, testWorkspace, 0);
    expect([writer, urgent, late].filter(({ id }) => news.has(id))).toEqual([urgent]);
    const [written] = (await hear(stores, urgent)).attempts;
    expect((await hear(stores, late)).attempts).toEqual([]);
    await settle(stores, written);
    expect((await hear(stores, late)).attempts).toEqual([]);
    await settle(stores, (await hear(stores, writer)).attempts[0]);
    expect((await hear(stores, late)).attempts).toHaveLength(1);
  });

  it('take turns inside one session as well, item by item of a fan-out', async () => {
    const [a, b] = [fresh(), fresh()];
    const session = await stores.addSession(one('forEach: "${{ inputs.files }}", writes: ["${{ item }}"]'), {
      inputs: { files: [a, b, a] },
    });
    const { attempts } = await session.take(started);
    expect(attempts.map(({ run }) => run)).toEqual(['fix[0]', 'fix[1]']);
    await settle(stores, attempts[0]);
    expect((await session.take(ended('fix[0]'))).attempts).toEqual([]);
    expect((await hear(stores, session)).attempts.map(({ run }) => run)).toEqual(['fix[2]']);
  });

  it('fail at once where they are not to wait, and say who has what they need', async () => {
    const resource = fresh();
    const [first, second] = [
      await stores.addSession(one(`writes: ["${resource}"]`)),
      await stores.addSession(one(`reads: ["file:src/**"], onConflict: refuse, retry: { attempts: 3 }`)),
    ];
    await first.take(started);
    await second.take(started);
    expect(second.state?.ended?.status).toBe('failed');
    const [, , error] = await stateOf(stores, second);
    expect(error).toMatch(/^It needs file:src\/\*\*, of which task fix of session .* writes .*"refuse"\.$/);
  });
});

describe('what a run needs', () => {
  /** Somebody who gives resources of the workspace out until the connection ends. */
  async function lockedByAnother(): Promise<Client> {
    const other = new Client({ connectionString: stores.databaseUrl });
    await other.connect();
    await other.query('BEGIN');
    expect(await lockClaims(other, testWorkspace, 'wait')).toBe(true);
    return other;
  }

  it('fails it where it cannot be told', async () => {
    const session = await stores.addSession(one('writes: ["${{ inputs.files }}"]'), { inputs: { files: [] } });
    await session.take(started);
    expect(await stateOf(stores, session)).toEqual([
      'failed',
      'evaluation',
      expect.stringContaining('writes[0] came to []'),
    ]);
    const other = await stores.addSession(one('forEach: "${{ inputs.files }}", writes: ["${{ item }}"]'), {
      inputs: { files: ['../x'] },
    });
    await other.take(started);
    expect(await stateOf(stores, other, 'fix[0]')).toEqual([
      'failed',
      'evaluation',
      expect.stringContaining('"../x" names no kind'),
    ]);
  });

  it('is left to the next turn where this one has ended leases, and another turn gives resources out', async () => {
    const session = await stores.addSession(
      one('onFailure: continue, retry: { attempts: 1 }', `after: { agent: ok, needs: [fix], writes: ["${fresh()}"] }`),
    );
    const [attempt] = (await session.take(started)).attempts;
    if (attempt) await stores.attempts.begin(attempt, 'worker');
    await stores.expireLeases(session);
    const other = await lockedByAnother();
    const { result, attempts } = await session.take(lost('fix'));
    expect([result.more, attempts]).toEqual([true, []]);
    await other.end();
    expect((await session.take()).attempts).toHaveLength(1);
  });

  it('is nothing for most: those wait for nobody who gives resources out', async () => {
    const other = await lockedByAnother();
    const free = await stores.addSession(one('priority: 1'));
    expect((await free.take(started)).attempts).toHaveLength(1);

    const claiming = await stores.addSession(one(`writes: ["${fresh()}"]`));
    const turn = claiming.take(started);
    await until('a turn waits for the lock', async () => {
      const { rowCount } = await other.query(`SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = database
         WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted`);
      return rowCount === 1;
    });
    await other.end();
    expect((await turn).attempts).toHaveLength(1);
  });
});

describe('resources are given back', () => {
  const plan = () => one(`writes: ["${fresh()}"], retry: { attempts: 2, initialInterval: 0ms }`);

  async function holderAndWaiter() {
    const text = plan();
    const [first, second] = [await stores.addSession(text), await stores.addSession(text)];
    const { attempts } = await first.take(started);
    await second.take(started);
    return { first, second, attempts };
  }

  it('by an attempt that is lost', async () => {
    const { first, second, attempts } = await holderAndWaiter();
    if (attempts[0]) await stores.attempts.begin(attempts[0], 'worker');
    await stores.expireLeases(first);
    // Who has waited goes before the next attempt of the one that had them.
    expect((await first.take(lost('fix'))).attempts).toEqual([]);
    expect((await hear(stores, second)).attempts).toHaveLength(1);
  });

  it('by a session that is cancelled', async () => {
    const { first, second } = await holderAndWaiter();
    await first.take({ id: 'cancel', type: 'cancel-requested' });
    expect((await hear(stores, second)).attempts).toHaveLength(1);
  });

  it('by a session whose workflow is gone, and it waits for nothing any more', async () => {
    const { first, second } = await holderAndWaiter();
    await stores.backstop.abandonSession(testWorkspace, second.id, 'gone');
    expect(await waits(second)).toEqual([]);
    await stores.backstop.abandonSession(testWorkspace, first.id, 'gone');
    expect(await holdsOf(stores, first)).toEqual([]);
  });

  it('by what a reset of the workflow leaves, except of attempts in flight, which keep theirs', async () => {
    const { first, second, attempts } = await holderAndWaiter();
    await second.reset(1).take({ id: 'pause', type: 'pause-requested' });
    expect(await waits(second)).toEqual([]);
    if (attempts[0]) await stores.attempts.begin(attempts[0], 'worker');
    const again = first.reset(1);
    await again.take(started);
    expect(again.status('fix')).toBe('running');
    expect(await holdsOf(stores, first)).toHaveLength(1);
    await again.reset(1).take({ id: 'pause', type: 'pause-requested' });
    await stores.attempts.settle(settlement(attempts[0] as RunTaskInput));
    expect(await holdsOf(stores, first)).toEqual([]);
  });

  it('and waited for again by those who wait since before the turn that the workflow is reset to', async () => {
    const { first, second, attempts } = await holderAndWaiter();
    await second.take({ id: 'cancel', type: 'cancel-requested' });
    const again = second.reset(2);
    await again.take({ id: 'resume', type: 'resume-requested' });
    expect(await waits(second)).toHaveLength(1);
    await settle(stores, attempts[0]);
    expect(await holdsOf(stores, first)).toEqual([]);
    expect((await hear(stores, again)).attempts).toHaveLength(1);
  });

  it('from the line by a session that is paused, and it lines up again later', async () => {
    const { second } = await holderAndWaiter();
    await second.take({ id: 'pause', type: 'pause-requested' });
    expect(await waits(second)).toEqual([]);
    await second.take({ id: 'resume', type: 'resume-requested' });
    expect(await waits(second)).toHaveLength(1);
  });

  it('with a word to whoever listens, and so does who joins or leaves the line', async () => {
    const listener = new Client({ connectionString: stores.databaseUrl });
    await listener.connect();
    await listener.query('LISTEN orchestra_conflicts');
    let said = 0;
    listener.on('notification', ({ payload }) => (said += Number(payload === testWorkspace)));
    const heard = async (): Promise<number> => {
      await listener.query('SELECT');
      const count = said;
      said = 0;
      return count;
    };
    const { second, attempts } = await holderAndWaiter();
    expect(await heard()).toBe(1);
    await settle(stores, attempts[0]);
    expect(await heard()).toBe(1);
    await hear(stores, second);
    expect(await heard()).toBe(1);
    const free = await stores.addSession(one('priority: 1'));
    await settle(stores, (await free.take(started)).attempts[0]);
    expect(await heard()).toBe(0);
    await listener.end();
  });
});

describe('a session is told that its turn has come', () => {
  it('once, and again only after a while', async () => {
    const text = one(`writes: ["${fresh()}"]`);
    const [first, second] = [await stores.addSession(text), await stores.addSession(text)];
    const { attempts } = await first.take(started);
    await second.take(started);
    await settle(stores, attempts[0]);
    const told = async (patienceMs: number) =>
      (await turnsThatCame(stores.conflicts, testWorkspace, patienceMs)).has(second.id);
    expect(await told(60_000)).toBe(true);
    expect(await told(60_000)).toBe(false);
    expect(await told(0)).toBe(true);
    expect(await stores.conflicts.waitingWorkspaces()).toEqual([testWorkspace]);
  });
});

describe('somebody lets a run go ahead', () => {
  const resolve = { id: 'resolve-1', type: 'resolve-requested' as const, run: 'fix' };

  it('once, in spite of the conflict, which is logged and kept with the attempt', async () => {
    const resource = fresh();
    const plan = one(`writes: ["${resource}"], retry: { attempts: 2, initialInterval: 0ms }`);
    const [first, second] = [await stores.addSession(plan), await stores.addSession(plan)];
    await first.take(started);
    await second.take(started);
    const { attempts } = await second.take(resolve);
    expect(attempts).toHaveLength(1);
    const log = await stores.catalog.log(testWorkspace, second.id, 0, 100);
    expect(log.map(({ type }) => type)).toContain('conflict-resolved');
    expect(await holdsOf(stores, second)).toMatchObject([
      { inSpiteOf: `${resource}, which task fix of session ${first.id} writes` },
    ]);

    if (attempts[0]) await stores.attempts.begin(attempts[0], 'worker');
    if (attempts[0]) await stores.attempts.settle(settlement(attempts[0], { verdict: 'failed' }));
    expect((await second.take(ended('fix', 1, 'failed'))).attempts).toEqual([]);
    expect(await stateOf(stores, second)).toEqual(['waiting', 'conflict', null]);
  });

  it('only where it waits for resources', async () => {
    const session = await stores.addSession(one(`writes: ["${fresh()}"]`));
    await session.take(started);
    await session.take(resolve);
    const log = await stores.catalog.log(testWorkspace, session.id, 0, 100);
    expect(log.at(-1)?.data['refused']).toBe('task "fix" does not wait for resources; it is running');
  });
});

describe('a child session', () => {
  const child = (resource: string): string =>
    `version: 1\nname: child\n${agents}\ntasks: { inner: { agent: ok, writes: ["${resource}"] } }\n`;
  const parent = (resource: string): string =>
    `version: 1\nname: parent\ntasks: { sub: { plan: ./child.plan.yaml, writes: ["${resource}"] } }\n`;

  async function family(outer: string, inner: string) {
    const session = await stores.addSession(parent(outer), { files: { 'child.plan.yaml': child(inner) } });
    await session.take(started);
    return { session, child: stores.driverOf(`${session.id}.sub`) };
  }

  it('has what the task has that it works for, and others wait until it has ended', async () => {
    const resource = fresh();
    const { session, child: inner } = await family(resource, resource);
    const other = await stores.addSession(one(`writes: ["${resource}"]`));
    await other.take(started);
    const [attempt] = (await inner.take(started)).attempts;
    await settle(stores, attempt);
    expect((await hear(stores, other)).attempts).toEqual([]);
    await inner.take(ended('inner'));
    expect(await holdsOf(stores, session)).toEqual([]);
    expect((await hear(stores, other)).attempts).toHaveLength(1);
  });

  it('fails a task that would wait for ever for another that waits for it', async () => {
    const [a, b] = [fresh(), fresh()];
    const [one1, two] = [await family(a, b), await family(b, a)];
    await one1.child.take(started);
    expect(await waits(one1.child)).toHaveLength(1);
    await two.child.take(started);
    expect(two.child.state?.ended?.status).toBe('failed');
    expect((await stateOf(stores, two.child, 'inner'))[2]).toContain('It would wait for ever');
    expect((await hear(stores, one1.child)).attempts).toHaveLength(1);
  });
});
