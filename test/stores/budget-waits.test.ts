import { wakeWaiters } from './wake-waiters';
import { openTestStores, testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;

beforeAll(async () => (stores = await openTestStores()));
afterEach(() => stores.pool.query('TRUNCATE budget_waits, budget_accounts, approvals'));
afterAll(() => stores.close());

/** An account of 5 attempts, of which so many are reserved. */
async function addAccount(session: string, reserved: number): Promise<void> {
  await stores.pool.query(
    `INSERT INTO budget_accounts (workspace, account, unit, amount_limit, reserved) VALUES ($1, 'session/' || $2, 'attempts', 5, $3)`,
    [testWorkspace, session, reserved],
  );
}

/** So many runs that wait for a whole account, each behind those before. */
async function wait(session: string, count: number, { wanted = 5, asked = false } = {}): Promise<void> {
  await stores.pool.query(
    `INSERT INTO budget_waits (workspace, session, run, wants, accounts, approval, since)
     SELECT $1, $2, 'each[' || nth || ']',
            jsonb_build_array(jsonb_build_object('account', 'session/' || $2, 'unit', 'attempts', 'limit', 5, 'wanted', $4::int)),
            ARRAY['session/' || $2], CASE WHEN $5 THEN $2 || nth END, clock_timestamp()
     FROM generate_series(1, $3) AS nth`,
    [testWorkspace, session, count, wanted, asked],
  );
  if (!asked) return;
  await stores.pool.query(
    `INSERT INTO approvals (workspace, id, session, run, attempt, kind, question, question_hash, status)
     SELECT workspace, approval, session, run, 1, 'budget', '{}', '', 'open' FROM budget_waits WHERE session = $1`,
    [session],
  );
}

const toldRuns = async (session: string): Promise<string[]> =>
  ((await wakeWaiters(stores.pool)).get(session) ?? []).flatMap((event) => ('run' in event ? [event.run] : []));

it('tells a run that there is room for, however many wait before it for another budget', async () => {
  await addAccount('full', 5);
  await wait('full', 1_500);
  await addAccount('free', 0);
  await wait('free', 1);
  expect(await toldRuns('free')).toEqual(['each[1]']);
});

it('tells a run whose question is answered, however many wait for answers before it', async () => {
  await addAccount('asking', 1);
  await wait('asking', 1_500, { wanted: 6, asked: true });
  await stores.pool.query(`UPDATE approvals SET status = 'approved' WHERE run = 'each[1200]'`);
  expect(await toldRuns('asking')).toEqual(['each[1200]']);
});

it('tells those first who came first', async () => {
  await addAccount('one', 3);
  await wait('one', 3, { wanted: 1 });
  expect(await toldRuns('one')).toEqual(['each[1]', 'each[2]']);
});
