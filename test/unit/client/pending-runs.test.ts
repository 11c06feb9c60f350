import type { ClientDependencies } from '../../../src/client/client-dependencies';
import { SessionHandle } from '../../../src/client/session-handle';
import type { PlacedRun, SessionOverview } from '../../../src/contracts/ports/session-catalog';
import { readPlan, requirePlan } from '../../../src/contracts/schemas/read-plan';
import { indexOutline } from '../../../src/domain/session/outline';
import { outlineOf } from '../../../src/domain/plan/outline';
import { overviewOf, runOf } from '../cli/fixtures';

const text = `
version: 1
name: p
agents: { ada: { connector: simulated } }
tasks:
  last: { agent: ada, needs: [first, second] }
  first: { agent: ada }
  second: { agent: { capability: x, race: 2 } }
`;

async function handle(session: Partial<SessionOverview> | undefined, stored: PlacedRun[] = []): Promise<SessionHandle> {
  const { plan } = requirePlan(await readPlan({ file: 'p', text }, () => Promise.reject(new Error('no file'))));
  const catalog = {
    find: async () => session && overviewOf(session),
    runs: async () => stored,
  };
  const plans = { load: async () => ({ hash: '', plan, index: indexOutline(outlineOf(plan)) }) };
  return new SessionHandle({ workspace: 'default', catalog, plans } as unknown as ClientDependencies, 'hello-k3f9x2');
}

const places = (runs: PlacedRun[]): unknown[] => runs.map(({ run, position, status }) => [run, position, status]);

test('until its first turn, all tasks of a session are pending, needs before their dependents', async () => {
  const session = await handle({ turn: 0 });
  const all = await session.runs();
  expect(places(all)).toEqual([
    ['first', 0, 'pending'],
    ['second', 1, 'pending'],
    ['last', 2, 'pending'],
  ]);
  expect(places(await session.runs({ limit: 1, after: [0, -1] }))).toEqual([['second', 1, 'pending']]);
});

test('from then on they are what its turns made of them', async () => {
  const stored = [runOf('first', { status: 'running' })];
  expect(await (await handle({ turn: 1 }, stored)).runs()).toEqual(stored);
  // Behind the last one.
  expect(await (await handle({ turn: 1 })).runs({ limit: 1, after: [2, -1] })).toEqual([]);
});

test('a session that does not exist has none', async () => {
  expect(await (await handle(undefined)).runs()).toEqual([]);
});

test('a session that takes its first turn while it is asked shows what that made of them', async () => {
  const stored = [runOf('first', { status: 'running' })];
  let taken = false;
  const find = () => {
    taken = true;
    return Promise.resolve(overviewOf({ turn: 1 }));
  };
  const catalog = { find, runs: () => Promise.resolve(taken ? stored : []) };
  const session = new SessionHandle({ workspace: 'default', catalog } as unknown as ClientDependencies, 'hello-k3f9x2');
  expect(await session.runs()).toEqual(stored);
});
