import { aged, compareAge, goesBefore } from '../../src/domain/routing/line-order';
import type { Waiter } from '../../src/domain/routing/line-order';
import { priorityAgeMs } from '../../src/domain/line-position';
import { createRoutingReader } from '../../src/stores/routing-reader';
import { inWorkspace } from '../../src/stores/scope';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;

beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());

const minute = 60_000;

async function lineUp(workspace: string, waiters: readonly Waiter[], granted?: string): Promise<void> {
  for (const { session, run, priority, waitingSinceMs, remainingMs } of waiters) {
    await inWorkspace(stores.pool, workspace).query(
      `INSERT INTO waiting_line (workspace, session, run, attempt, requirement_key, requirement, priority, remaining_ms, since, waits_for, token, granted_at)
       VALUES ($1, $2, $3, 1, 'x', '{}', $4, $5, to_timestamp($6::float8 / 1000), 'room', $7, now())`,
      [workspace, session, run, priority, remainingMs, waitingSinceMs, session === granted ? 1 : null],
    );
  }
}

const waiter = (session: string, priority: number, waitsMinutes: number, remainingMs: number): Waiter => ({
  workspace: 'w',
  session,
  run: 'a',
  priority,
  waitingSinceMs: Date.now() - waitsMinutes * minute,
  remainingMs,
  requirementKey: 'x',
});

const sessionsOf = (rows: readonly { session: string }[]): string[] => rows.map(({ session }) => session);

it('lists who waits in the order in which room is given out: waiting makes more urgent, then the longest path goes first', async () => {
  const waiters = [
    waiter('fresh', 2, 1, 10),
    waiter('old', 5, 22, 10),
    waiter('long-path', 3, 1, 1_000.5),
    waiter('short-path', 3, 2, 10),
    waiter('urgent', 1, 0, 0),
    waiter('urgent-before', 1, 3, 0),
    waiter('started', 5, 0, 0),
  ];
  await lineUp('order', waiters, 'started');
  const reader = createRoutingReader(stores.pool);
  const line = await reader.line('order', 10);
  expect(sessionsOf(line)).toEqual(['started', 'urgent-before', 'urgent', 'old', 'fresh', 'long-path', 'short-path']);
  expect(line[0]).toMatchObject({ isGranted: true, run: 'a', attempt: 1, priority: 5, waitsFor: 'room' });
});

it('agrees with the order of the grants, page by page, also where much waits', async () => {
  const some = (of: number): number => Math.floor(Math.random() * of);
  const waiters = Array.from({ length: 60 }, (_, at) =>
    // Away from the moments at which waiting raises a priority.
    waiter(`s${at}`, 1 + some(5), some(8) * 5 + 1 + some(3), some(3)),
  );
  await lineUp('many', waiters);
  const urgent = waiters.filter(({ priority }) => priority === 1).sort(compareAge);
  const others = waiters
    .filter(({ priority }) => priority > 1)
    .map((one) => aged(one, Date.now(), priorityAgeMs))
    .sort((left, right) => (goesBefore(left, right) ? -1 : 1));
  const reader = createRoutingReader(stores.pool);
  const listed: string[] = [];
  for (let page = await reader.line('many', 7); page.length > 0;) {
    listed.push(...sessionsOf(page));
    page = await reader.line('many', 7, page.at(-1)?.place);
  }
  expect(listed).toEqual(sessionsOf([...urgent, ...others.map((one) => one.waiter)]));
});
