import type { SessionEvent } from '../../src/domain/session/events';
import { createAgentRegistry } from '../../src/stores/agents';
import { startLineKeeper } from '../../src/workers/line-keeper';
import { definitionOf } from '../helpers/agent-definitions';
import { until } from '../helpers/until';
import { occupy } from './registered-agents';
import { started } from './session-driver';
import { openTestStores, testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;

beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());

const never = 3_600_000;

it('gives out room soon after PostgreSQL has refused it once, though nobody wakes it again', async () => {
  await createAgentRegistry(stores.pool).add(testWorkspace, [definitionOf('busy')]);
  const free = await occupy(stores.pool, { workspace: testWorkspace, name: 'busy' });
  const session = await stores.addSession('version: 1\nname: p\ntasks:\n  work: { agent: busy }\n');
  await session.take(started);
  await free();
  stores.directory.forget();
  const errors: unknown[] = [];
  const told: SessionEvent[] = [];
  const keeper = startLineKeeper(
    {
      store: {
        ...stores.line,
        alone: (work) =>
          stores.line.alone(async (line) => {
            const granted = await work(line);
            if (errors.length === 0) await breakOff();
            return granted;
          }),
      },
      directory: stores.directory,
      signal: (_, id, events) => Promise.resolve(id === session.id && told.push(...events) > 0),
      onError: (error) => void errors.push(error),
    },
    { recheckMs: never },
  );
  try {
    await until('its turn has come', () => told.length > 0, 20_000);
    expect(told).toMatchObject([{ type: 'agent-granted', run: 'work' }]);
    expect(errors).toHaveLength(1);
  } finally {
    await keeper.stop();
  }
});

/** Ends the connection of whoever gives out room. */
async function breakOff(): Promise<void> {
  const { rows } = await stores.pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_locks
     WHERE locktype = 'advisory' AND pid <> pg_backend_pid() AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  if (rows.length !== 1) throw new Error(`${rows.length} give out room`);
}
