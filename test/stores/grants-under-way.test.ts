import type { WaitingLineStore } from '../../src/contracts/ports/waiting-line-store';
import { createAgentRegistry } from '../../src/stores/agents';
import { grantRoom } from '../../src/workers/grant-room';
import { definitionOf } from '../helpers/agent-definitions';
import { until } from '../helpers/until';
import { occupy } from './registered-agents';
import { started } from './session-driver';
import type { SessionDriver } from './session-driver';
import { openTestStores, testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
let agents = 0;

beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());

/** A session whose task waits for a busy agent while another task of it waits for one that never comes; and how to make the agent free. */
async function waitingSession() {
  const [name, other] = [`agent-${(agents += 1)}`, `agent-${(agents += 1)}`];
  await createAgentRegistry(stores.pool).add(testWorkspace, [definitionOf(name), definitionOf(other)]);
  const free = await occupy(stores.pool, { workspace: testWorkspace, name });
  await occupy(stores.pool, { workspace: testWorkspace, name: other });
  stores.directory.forget();
  const session = await stores.addSession(
    `version: 1\nname: p\ntasks:\n  work: { agent: ${name} }\n  other: { agent: ${other} }\n`,
  );
  await session.take(started);
  return { name, free, session };
}

/** Gives the room of the agent out, and does not commit it before `leaving` waits for it. */
async function whileGranting(free: () => Promise<void>, leaving: () => Promise<unknown>): Promise<void> {
  await free();
  stores.directory.forget();
  let left: Promise<unknown> | undefined;
  const held: WaitingLineStore = {
    ...stores.line,
    alone: (work) =>
      stores.line.alone(async (line) => {
        const granted = await work(line);
        left = leaving();
        await until('somebody waits for the line', () => waitsForLock('waiting_line'));
        return granted;
      }),
  };
  const { turns } = await grantRoom(held, stores.directory);
  expect(turns).toMatchObject([{ run: 'work' }]);
  await left;
}

async function waitsForLock(table: string): Promise<boolean> {
  const { rows } = await stores.pool.query(
    `SELECT FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event_type = 'Lock' AND query LIKE '%' || $1 || '%'`,
    [table],
  );
  return rows.length > 0;
}

/** How many places of the agent are taken, and the leases of the run that nobody has given back. */
async function taken(name: string, session: SessionDriver): Promise<{ running: number; leases: number }[]> {
  const { rows } = await stores.pool.query<{ running: number; leases: number }>(
    `SELECT running, (SELECT count(*)::int FROM leases WHERE session = $2 AND run = 'work' AND released_at IS NULL) AS leases
     FROM agent_room WHERE agent = $1`,
    [name, session.id],
  );
  return rows;
}

const givenBack = [{ running: 0, leases: 0 }];

it.each([
  { id: 'stop-task', type: 'task-cancel-requested', run: 'work' } as const,
  { id: 'pause', type: 'pause-requested' } as const,
])('gives back what is granted in the moment in which its run leaves the line: $type', async (event) => {
  const { name, free, session } = await waitingSession();
  await whileGranting(free, () => session.take(event));
  expect(await taken(name, session)).toEqual(givenBack);
});

it('gives back what is granted in the moment in which its session is given up', async () => {
  const { name, free, session } = await waitingSession();
  await whileGranting(free, () => stores.backstop.abandonSession(testWorkspace, session.id, 'gone'));
  expect(await taken(name, session)).toEqual(givenBack);
});

it('gives back what a turn takes in the moment in which its session is given up', async () => {
  const { name, session } = await waitingSession();
  const turn = await stores.pool.connect();
  try {
    await turn.query('BEGIN');
    await turn.query('SELECT FROM sessions WHERE id = $1 FOR UPDATE', [session.id]);
    await turn.query(
      `INSERT INTO leases (workspace, session, run, attempt, agent, agent_workspace, expires_at)
       VALUES ($1, $2, 'work', 1, $3, $1, now() + interval '1 hour')`,
      [testWorkspace, session.id, name],
    );
    const givenUp = stores.backstop.abandonSession(testWorkspace, session.id, 'gone');
    await until('the session is waited for', () => waitsForLock('sessions'));
    await turn.query('COMMIT');
    await givenUp;
  } finally {
    turn.release();
  }
  // The other place is taken by somebody else.
  expect(await taken(name, session)).toEqual([{ running: 1, leases: 0 }]);
});

it('gives back what is granted in the moment in which its branch is left', async () => {
  const { name, free, session } = await waitingSession();
  await session.take({ id: 'pause', type: 'pause-requested' });
  await session.take({ id: 'resume', type: 'resume-requested' });
  const reset = session.reset(2);
  await whileGranting(free, () => reset.take({ id: 'stop-task', type: 'task-cancel-requested', run: 'work' }));
  expect(await taken(name, session)).toEqual(givenBack);
});
