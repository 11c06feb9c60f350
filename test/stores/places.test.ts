import type { RunTaskInput } from '../../src/contracts/protocol/activities';
import type { SessionEvent } from '../../src/domain/session/events';
import { priorityAgeMs } from '../../src/domain/line-position';
import { createAgentRegistry } from '../../src/stores/agents';
import { createBudgetStore } from '../../src/stores/budgets';
import { createRoutingReader } from '../../src/stores/routing-reader';
import { createSettingsStore } from '../../src/stores/settings';
import { definitionOf } from '../helpers/agent-definitions';
import { brokenAccounts } from './budget-sums';
import { playRandomFates } from './random-fates';
import { started } from './session-driver';
import type { SessionDriver } from './session-driver';
import { settlement } from './settlements';
import { wakeWaiters } from './wake-waiters';
import { openObservedStores } from './observed-stores';
import type { ObservedStores } from './observed-stores';

const seed = process.env['PLACES_SEED'] ?? String(Date.now() % 2 ** 31);
process.stderr.write(`random fates of attempts: PLACES_SEED=${seed}\n`);

let stores: ObservedStores;

beforeAll(async () => (stores = await openObservedStores()));
afterAll(() => stores.close());

const limit = (workspace: string, maxConcurrent: number) =>
  createSettingsStore(stores.pool).change(workspace, { set: { maxConcurrent }, unset: [] });

async function inFlight(workspace: string): Promise<number> {
  const { rows } = await stores.observer.query<{ running: number }>(
    `SELECT count(*)::int AS running FROM leases WHERE workspace = $1 AND released_at IS NULL AND accounts IS NOT NULL`,
    [workspace],
  );
  return rows[0]?.running ?? 0;
}

const inline = (items: number): string =>
  `version: 1\nname: p\nconcurrency: 4\nagents: { own: { connector: simulated } }\ntasks: { each: { forEach: [${Array.from({ length: items }, (_, at) => at).join(', ')}], agent: own } }\n`;

async function settle(attempt: RunTaskInput | undefined): Promise<void> {
  if (!attempt) throw new Error('there is no attempt to settle');
  await stores.attempts.begin(attempt, 'worker');
  await stores.attempts.settle(settlement(attempt));
}

const wake = (): Promise<Map<string, SessionEvent[]>> => wakeWaiters(stores.pool);

describe('a workspace with room for so many attempts', () => {
  it('lets the others wait, says so, and tells one when there is room', async () => {
    await limit('few', 2);
    const first = await stores.addSession(inline(2), { workspace: 'few' });
    const { attempts } = await first.take(started);
    expect(attempts).toHaveLength(2);
    const second = await stores.addSession(inline(9), { workspace: 'few' });
    expect((await second.take(started)).attempts).toEqual([]);
    const [run] = (await stores.catalog.runs('few', second.id)).filter(({ status }) => status === 'waiting');
    expect(run).toMatchObject({ reason: 'places', waitsFor: 'room in the workspace: 2 of 2', error: null });
    expect(await createRoutingReader(stores.pool).line('few', 1)).toMatchObject([
      { session: second.id, attempt: 1, priority: 3, waitsFor: 'room in the workspace: 2 of 2', isGranted: false },
    ]);
    // No more wait than could be started, however many there are.
    expect(second.state?.inLine).toBe(4);
    expect(await wake()).toEqual(new Map());
    await settle(attempts[0]);
    const told = await wake();
    expect([...told.keys()]).toEqual([second.id]);
    expect((await second.take(...(told.get(second.id) ?? []))).attempts).toHaveLength(1);
    expect(await inFlight('few')).toBe(2);
  });

  it('counts what was in flight before it had the limit, and lets go on when the limit is raised or gone', async () => {
    const before = await stores.addSession(inline(3), { workspace: 'late' });
    const { attempts } = await before.take(started);
    await limit('late', 3);
    expect(await createBudgetStore(stores.pool).useOfSession('late', before.id)).toMatchObject({ attempts: 3 });
    const session = await stores.addSession(inline(3), { workspace: 'late' });
    expect((await session.take(started)).attempts).toEqual([]);
    await settle(attempts[0]);
    expect((await session.take(...((await wake()).get(session.id) ?? []))).attempts).toHaveLength(1);
    await limit('late', 4);
    expect((await session.take(...((await wake()).get(session.id) ?? []))).attempts).toHaveLength(1);
    await createSettingsStore(stores.pool).change('late', { set: {}, unset: ['maxConcurrent'] });
    expect((await session.take(...((await wake()).get(session.id) ?? []))).attempts).toHaveLength(1);
    expect(await brokenAccounts(stores.pool)).toEqual([]);
  });

  it('lets those go first that have waited for long, though others are more urgent', async () => {
    const workspace = 'patient';
    await limit(workspace, 1);
    const taken = await stores.addSession(inline(1), { workspace });
    const { attempts } = await taken.take(started);
    const patient = await stores.addSession(inline(1).replace('agent: own }', 'agent: own, priority: 5 }'), {
      workspace,
    });
    await patient.take(started);
    const since = Date.now() - 3 * priorityAgeMs - 1000;
    if (patient.state) patient.state = { ...patient.state, startedAt: since };
    await stores.pool.query(`UPDATE budget_waits SET since = to_timestamp($1::float8 / 1000) WHERE session = $2`, [
      since,
      patient.id,
    ]);
    const urgent = await stores.addSession(inline(1).replace('agent: own }', 'agent: own, priority: 2 }'), {
      workspace,
    });
    await urgent.take(started);
    await settle(attempts[0]);
    const told = await wake();
    expect([...told.keys()]).toEqual([patient.id]);
    // Nor does the other one take the place before it is asked.
    expect((await urgent.take({ id: 'look', type: 'turn-came', run: 'each[0]' })).attempts).toEqual([]);
    expect((await patient.take(...(told.get(patient.id) ?? []))).attempts).toHaveLength(1);
  });

  it('is no business of other workspaces', async () => {
    await limit('full', 1);
    const full = await stores.addSession(inline(1), { workspace: 'full' });
    await full.take(started);
    const other = await stores.addSession(inline(3), { workspace: 'free' });
    expect((await other.take(started)).attempts).toHaveLength(3);
  });
});

const plan = `
version: 1
name: work
concurrency: 8
defaults: { retry: { attempts: 6, initialInterval: 0ms }, onFailure: continue }
agents: { own: { connector: simulated } }
tasks:
  each: { forEach: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], agent: own }
  many: { forEach: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], agent: { capability: code } }
  last: { needs: [each, many], agent: own }
`;

it('never has more than that in flight, whatever becomes of attempts, turns and connections', async () => {
  const workspace = 'random';
  const places = 7;
  await limit(workspace, places);
  const code = [{ name: 'code', proficiency: 1, technologies: [] }];
  await createAgentRegistry(stores.pool).add(workspace, [
    definitionOf('ada', { capabilities: code, maxConcurrent: 5 }),
    definitionOf('bob', { capabilities: code, maxConcurrent: 5 }),
  ]);
  stores.directory.forget();
  const drivers: SessionDriver[] = [];
  for (let count = 0; count < 4; count++) drivers.push(await stores.addSession(plan, { workspace }));
  await stores.pool.query(`UPDATE sessions SET settings = settings || '{"leaseMs": 0}' WHERE workspace = $1`, [
    workspace,
  ]);
  let most = 0;
  await playRandomFates({
    seed,
    stores,
    drivers,
    verdicts: ['succeeded', 'succeeded', 'failed'],
    forgets: 1,
    calmRounds: 300,
    wake,
    watch: async () => void (most = Math.max(most, await inFlight(workspace).catch(() => 0))),
  });
  expect(most).toBe(places);
  expect(await brokenAccounts(stores.pool)).toEqual([]);
  const { rows } = await stores.observer.query(
    `SELECT (SELECT count(*)::int FROM leases WHERE workspace = $1 AND released_at IS NULL) AS leases,
            (SELECT count(*)::int FROM budget_waits WHERE workspace = $1) AS waiting,
            (SELECT sum(reserved)::int FROM budget_accounts WHERE workspace = $1) AS reserved`,
    [workspace],
  );
  expect(rows).toEqual([{ leases: 0, waiting: 0, reserved: 0 }]);
});
