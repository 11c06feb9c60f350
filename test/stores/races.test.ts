import type { RunTaskInput } from '../../src/contracts/protocol/activities';
import type { Json } from '../../src/domain/json';
import { createAgentRegistry } from '../../src/stores/agents';
import { createUpstreamReader } from '../../src/stores/upstream';
import { taskResults } from '../../src/domain/plan/task-results';
import { definitionOf } from '../helpers/agent-definitions';
import { occupy } from './registered-agents';
import { ended, started } from './session-driver';
import type { SessionDriver } from './session-driver';
import { settlement } from './settlements';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
let workspace: string;
let workspaces = 0;

beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());
beforeEach(() => (workspace = `racing-${(workspaces += 1)}`));

async function register(capability: string, ...names: string[]): Promise<void> {
  const capabilities = [{ name: capability, proficiency: 0.5, technologies: [] }];
  const all = names.map((name) => definitionOf(name, { capabilities, maxConcurrent: 2 }));
  await createAgentRegistry(stores.pool).add(workspace, all);
  stores.directory.forget();
}

const race = (race: number, more = ''): Promise<SessionDriver> =>
  stores.addSession(
    `version: 1\nname: p\ndefaults: { retry: { attempts: 1 } }\ntasks:\n  draft: { agent: { capability: write, race: ${race} } }\n${more}`,
    { workspace },
  );

const settle = (attempt: RunTaskInput | undefined, value: Json): Promise<void> => {
  if (!attempt) throw new Error('the attempt was not started');
  return stores.attempts.settle(settlement(attempt, { value }));
};

const begin = async (...attempts: RunTaskInput[]): Promise<void> => {
  for (const attempt of attempts) await stores.attempts.begin(attempt, 'worker');
};

const leases = async ({ id }: SessionDriver) => {
  const { rows } = await stores.pool.query<{ run: string; agent: string; open: boolean; cancelled: boolean }>(
    `SELECT run, agent, released_at IS NULL AS open, cancelled_at IS NOT NULL AS cancelled FROM leases
     WHERE workspace = $1 AND session = $2 ORDER BY run, attempt`,
    [workspace, id],
  );
  return rows;
};

it('is over in the turn that takes in the first success: losers are cancelled, those that nobody has begun have ended', async () => {
  await register('write', 'ada', 'bob', 'cy');
  const session = await race(3);
  const { attempts } = await session.take(started);
  const [first, second] = attempts;
  if (!first || !second) throw new Error('they race');
  await begin(first, second);
  await settle(second, 'the best');
  await session.take(ended('draft[1]'));
  expect(await leases(session)).toMatchObject([
    { run: 'draft[0]', open: true, cancelled: true },
    { run: 'draft[1]', open: false, cancelled: false },
    { run: 'draft[2]', open: false, cancelled: true },
  ]);
  await settle(first, 'too late');
  await session.take(ended('draft[0]'));
  expect(session.state?.ended?.status).toBe('succeeded');
});

it('hands over the output of its winner, and not of those who succeeded after it', async () => {
  await register('write', 'ada', 'bob');
  const session = await race(2);
  const { attempts } = await session.take(started);
  await begin(...attempts);
  await settle(attempts[1], 'the best');
  await settle(attempts[0], 'too late');
  await session.take(ended('draft[1]'), ended('draft[0]'));
  const runs = await createUpstreamReader(stores.pool).runs(workspace, session.id, ['draft']);
  const hashes = runs.flatMap(({ outputHash }) => outputHash ?? []);
  const values = await stores.artifacts.getJson(workspace, hashes);
  expect(taskResults(runs, values)).toEqual({ draft: { output: 'the best', status: 'succeeded', error: null } });
  expect(await stores.catalog.outputs(workspace, session.id)).toEqual(new Map([['draft[1]', 'the best']]));
});

it('ends with the last of its racers, and takes nothing for what the session starts no more', async () => {
  await register('write', 'ada', 'bob');
  await register('print', 'press');
  const [free, freeToo] = [
    await occupy(stores.pool, { workspace, name: 'bob' }),
    await occupy(stores.pool, { workspace, name: 'bob' }),
  ];
  stores.directory.forget();
  const session = await race(
    2,
    '  early: { agent: { capability: print } }\n  late: { needs: [early], agent: { capability: print } }\n',
  );
  const { attempts } = await session.take(started);
  await begin(...attempts);
  for (const attempt of attempts)
    await stores.attempts.settle(
      settlement(attempt, { verdict: attempt.run === 'early' ? 'succeeded' : 'failed', retryable: false }),
    );
  await free();
  await freeToo();
  await createAgentRegistry(stores.pool).remove({ workspace, name: 'bob' });
  stores.directory.forget();
  await session.take(ended('early'), ended('draft[0]', 1, 'failed'));
  expect(session.state?.ended?.status).toBe('failed');
  expect(session.status('late')).toBe('skipped');
  expect((await leases(session)).map(({ run, open }) => [run, open])).toEqual([
    ['draft[0]', false],
    ['early', false],
  ]);
});

it('goes on after a reset with the racers that had begun, each with its agent', async () => {
  await register('write', 'ada', 'bob', 'cy');
  const session = await race(2);
  const { attempts } = await session.take(started);
  await begin(...attempts);
  const before = await leases(session);
  const again = session.reset(1);
  await again.take(started);
  expect(await leases(again)).toEqual(before);
  await settle(attempts[0], 'mine');
  await again.take(ended('draft[0]'));
  expect(again.status('draft')).toBe('succeeded');
  expect((await leases(again)).map(({ cancelled }) => cancelled)).toEqual([false, true]);
});
