import { Client } from 'pg';
import type { RunTaskInput } from '../../src/contracts/protocol/activities';
import type { SessionEvent } from '../../src/domain/session/events';
import { createAgentRegistry } from '../../src/stores/agents';
import { lockClaims } from '../../src/stores/resource-claims';
import { grantRoom } from '../../src/workers/grant-room';
import { grantedEvent } from '../../src/workers/line-keeper';
import { definitionOf } from '../helpers/agent-definitions';
import { occupy } from './registered-agents';
import { turnsThatCame } from '../../src/workers/conflict-keeper';
import { until } from '../helpers/until';
import { ended, lost, started } from './session-driver';
import type { SessionDriver } from './session-driver';
import { settlement } from './settlements';
import { openTestStores, testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;

beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());

const agents = 'agents: { ok: { connector: simulated, latency: 1ms } }';

/** A plan of one task with these keys. */
const one = (keys: string, more = ''): string => `version: 1
name: one
${agents}
inputs: { files: { type: array, default: [] } }
tasks:
  fix: { agent: ok, ${keys} }
  ${more}
`;

let resources = 0;
/** A resource that no other test knows. */
const fresh = (): string => `file:src/${++resources}.ts`;

async function settle(attempt: RunTaskInput | undefined): Promise<void> {
  if (!attempt) throw new Error('an attempt was expected');
  expect(await stores.attempts.begin(attempt, 'worker')).toMatchObject({ kind: 'begun' });
  await stores.attempts.settle(settlement(attempt));
}

/** Takes a turn of the session with what the keeper has to tell it, if anything. */
async function hear(session: SessionDriver) {
  const news = await turnsThatCame(stores.conflicts, testWorkspace, 0);
  return session.take(...(news.get(session.id) ?? []));
}

const reason = async ({ id }: SessionDriver, run = 'fix') => {
  const [row] = (await stores.catalog.runs(testWorkspace, id)).filter((found) => found.run === run);
  return [row?.status, row?.reason, row?.error];
};

const waits = async (session: SessionDriver) => {
  const { waiters } = await stores.conflicts.claims(testWorkspace);
  return waiters.filter((waiter) => waiter.session === session.id);
};

const holds = async (session: SessionDriver) => {
  const { holders } = await stores.conflicts.claims(testWorkspace);
  return holders.filter((holder) => holder.session === session.id);
};

describe('runs of two sessions that write the same', () => {
  it('never run at once: the later one waits, and goes when the first has ended', async () => {
    const plan = one(`writes: ["${fresh()}"]`);
    const [first, second] = [await stores.addSession(plan), await stores.addSession(plan)];
    const { attempts } = await first.take(started);
    expect((await second.take(started)).attempts).toEqual([]);
    expect(await reason(second)).toEqual(['waiting', 'conflict', null]);
    expect((await hear(second)).attempts).toEqual([]);

    await settle(attempts[0]);
    expect(await holds(first)).toEqual([]);
    expect((await hear(second)).attempts).toHaveLength(1);
    expect(await waits(second)).toEqual([]);
    expect(await holds(second)).toHaveLength(1);
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
    await settle(attempt);
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
    await settle(held);
    await settle(read);
    const news = await turnsThatCame(stores.conflicts, testWorkspace, 0);
    expect([writer, urgent, late].filter(({ id }) => news.has(id))).toEqual([urgent]);
    const [written] = (await hear(urgent)).attempts;
    expect((await hear(late)).attempts).toEqual([]);
    await settle(written);
    expect((await hear(late)).attempts).toEqual([]);
    await settle((await hear(writer)).attempts[0]);
    expect((await hear(late)).attempts).toHaveLength(1);
  });

  it('take turns inside one session as well, item by item of a fan-out', async () => {
    const [a, b] = [fresh(), fresh()];
    const session = await stores.addSession(one('forEach: "${{ inputs.files }}", writes: ["${{ item }}"]'), {
      inputs: { files: [a, b, a] },
    });
    const { attempts } = await session.take(started);
    expect(attempts.map(({ run }) => run)).toEqual(['fix[0]', 'fix[1]']);
    await settle(attempts[0]);
    expect((await session.take(ended('fix[0]'))).attempts).toEqual([]);
    expect((await hear(session)).attempts.map(({ run }) => run)).toEqual(['fix[2]']);
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
    const [, , error] = await reason(second);
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
    expect(await reason(session)).toEqual(['failed', 'evaluation', expect.stringContaining('writes[0] came to []')]);
    const other = await stores.addSession(one('forEach: "${{ inputs.files }}", writes: ["${{ item }}"]'), {
      inputs: { files: ['../x'] },
    });
    await other.take(started);
    expect(await reason(other, 'fix[0]')).toEqual([
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
      const { rowCount } = await other.query(`SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`);
      return rowCount === 1;
    });
    await other.end();
    expect((await turn).attempts).toHaveLength(1);
  });
});

describe('a run that needs an agent of the registry as well', () => {
  let agentsAdded = 0;

  /** A run that waits for its agent, and how to let it have it: returns what the session came to know by that. */
  async function waitingForAgent(resource: string) {
    const name = `painter-${++agentsAdded}`;
    const agent = definitionOf(name, { maxConcurrent: 1 });
    await createAgentRegistry(stores.pool).add(testWorkspace, [agent]);
    stores.directory.forget();
    const free = await occupy(stores.pool, { workspace: testWorkspace, name });
    const plan = `version: 1\nname: p\ntasks: { fix: { agent: ${name}, writes: ["${resource}"] } }\n`;
    const session = await stores.addSession(plan);
    await session.take(started);
    expect(await reason(session)).toEqual(['waiting', 'capacity', null]);
    const grant = async (): Promise<SessionEvent[]> => {
      await free();
      stores.directory.forget();
      const { turns } = await grantRoom(stores.line, stores.directory);
      return turns.filter((turn) => turn.session === session.id).map(grantedEvent);
    };
    const running = async (): Promise<number> => {
      const { rows } = await stores.pool.query<{ running: number }>('SELECT running FROM agent_room WHERE agent = $1', [
        name,
      ]);
      return rows[0]?.running ?? -1;
    };
    return { session, grant, running };
  }

  it('has no resources while it waits for the agent, and gets both when it has room', async () => {
    const resource = fresh();
    const { session, grant } = await waitingForAgent(resource);
    expect(await holds(session)).toEqual([]);
    expect((await session.take(...(await grant()))).attempts).toHaveLength(1);
    expect(await holds(session)).toMatchObject([{ run: 'fix', attempt: 1, claim: { writes: [{ text: resource }] } }]);
  });

  it('has no resources while it waits for its budget', async () => {
    const resource = fresh();
    const session = await stores.addSession(
      one(
        `writes: ['${resource}'], reserve: { tokens: 10 }`,
        'urgent: { agent: ok, priority: 1, reserve: { tokens: 10 } }',
      ).replace('tasks:', 'budget: { tokens: 10 }\ntasks:'),
    );
    await session.take(started);
    expect(await reason(session)).toMatchObject(['waiting', 'budget', expect.stringContaining('no room')]);
    const other = await stores.addSession(one(`writes: ['${resource}']`));
    expect((await other.take(started)).attempts).toHaveLength(1);
  });

  it('gives the agent back where others have the resources by then, and asks for both again later', async () => {
    const resource = fresh();
    const { session, grant, running } = await waitingForAgent(resource);
    const other = await stores.addSession(one(`writes: ["${resource}"]`));
    const { attempts } = await other.take(started);
    expect((await session.take(...(await grant()))).attempts).toEqual([]);
    expect(await reason(session)).toEqual(['waiting', 'conflict', null]);
    expect(await running()).toBe(0);
    await settle(attempts[0]);
    stores.directory.forget();
    expect((await hear(session)).attempts).toHaveLength(1);
    expect(await running()).toBe(1);
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
    expect((await hear(second)).attempts).toHaveLength(1);
  });

  it('by a session that is cancelled', async () => {
    const { first, second } = await holderAndWaiter();
    await first.take({ id: 'cancel', type: 'cancel-requested' });
    expect((await hear(second)).attempts).toHaveLength(1);
  });

  it('by a session whose workflow is gone, and it waits for nothing any more', async () => {
    const { first, second } = await holderAndWaiter();
    await stores.backstop.abandonSession(testWorkspace, second.id, 'gone');
    expect(await waits(second)).toEqual([]);
    await stores.backstop.abandonSession(testWorkspace, first.id, 'gone');
    expect(await holds(first)).toEqual([]);
  });

  it('by what a reset of the workflow leaves, except of attempts in flight, which keep theirs', async () => {
    const { first, second, attempts } = await holderAndWaiter();
    await second.reset(1).take({ id: 'pause', type: 'pause-requested' });
    expect(await waits(second)).toEqual([]);
    if (attempts[0]) await stores.attempts.begin(attempts[0], 'worker');
    const again = first.reset(1);
    await again.take(started);
    expect(again.status('fix')).toBe('running');
    expect(await holds(first)).toHaveLength(1);
    await again.reset(1).take({ id: 'pause', type: 'pause-requested' });
    await stores.attempts.settle(settlement(attempts[0] as RunTaskInput));
    expect(await holds(first)).toEqual([]);
  });

  it('and waited for again by those who wait since before the turn that the workflow is reset to', async () => {
    const { first, second, attempts } = await holderAndWaiter();
    await second.take({ id: 'cancel', type: 'cancel-requested' });
    const again = second.reset(2);
    await again.take({ id: 'resume', type: 'resume-requested' });
    expect(await waits(second)).toHaveLength(1);
    await settle(attempts[0]);
    expect(await holds(first)).toEqual([]);
    expect((await hear(again)).attempts).toHaveLength(1);
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
    await settle(attempts[0]);
    expect(await heard()).toBe(1);
    await hear(second);
    expect(await heard()).toBe(1);
    const free = await stores.addSession(one('priority: 1'));
    await settle((await free.take(started)).attempts[0]);
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
    await settle(attempts[0]);
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
    expect(await holds(second)).toMatchObject([
      { inSpiteOf: `${resource}, which task fix of session ${first.id} writes` },
    ]);

    if (attempts[0]) await stores.attempts.begin(attempts[0], 'worker');
    if (attempts[0]) await stores.attempts.settle(settlement(attempts[0], { verdict: 'failed' }));
    expect((await second.take(ended('fix', 1, 'failed'))).attempts).toEqual([]);
    expect(await reason(second)).toEqual(['waiting', 'conflict', null]);
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
    await settle(attempt);
    expect((await hear(other)).attempts).toEqual([]);
    await inner.take(ended('inner'));
    expect(await holds(session)).toEqual([]);
    expect((await hear(other)).attempts).toHaveLength(1);
  });

  it('fails a task that would wait for ever for another that waits for it', async () => {
    const [a, b] = [fresh(), fresh()];
    const [one1, two] = [await family(a, b), await family(b, a)];
    await one1.child.take(started);
    expect(await waits(one1.child)).toHaveLength(1);
    await two.child.take(started);
    expect(two.child.state?.ended?.status).toBe('failed');
    expect((await reason(two.child, 'inner'))[2]).toContain('It would wait for ever');
    expect((await hear(one1.child)).attempts).toHaveLength(1);
  });
});
