import type { RunTaskInput } from '../../src/contracts/protocol/activities';
import { createAgentRegistry } from '../../src/stores/agents';
import { grantRoom } from '../../src/workers/grant-room';
import { grantedEvent } from '../../src/workers/line-keeper';
import { definitionOf } from '../helpers/agent-definitions';
import { ended, started } from './session-driver';
import type { SessionDriver } from './session-driver';
import { settlement } from './settlements';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

const places = 3;
const backlogs = { large: 1_000, middle: 10, small: 1 };
type Workspace = keyof typeof backlogs;

let stores: TestStores;

beforeAll(async () => {
  stores = await openTestStores();
  await createAgentRegistry(stores.pool).add('platform', [
    definitionOf('press', {
      shared: true,
      maxConcurrent: places,
      capabilities: [{ name: 'print', proficiency: 1, technologies: [] }],
    }),
  ]);
});
afterAll(() => stores.close());

const plan = (items: number): string => `
version: 1
name: print
concurrency: 1000
tasks:
  print: { forEach: [${Array.from({ length: items }, (_, at) => at).join(', ')}], agent: { capability: print } }
`;

interface Work {
  driver: SessionDriver;
  waiting: RunTaskInput[];
  /** Rounds that its tasks waited for, each. */
  waits: number[];
}

it('of an agent that three workspaces want are equal, however long their backlogs are', async () => {
  const work = new Map<string, Work>();
  for (const [workspace, items] of Object.entries(backlogs)) {
    const driver = await stores.addSession(plan(items), { workspace, id: workspace });
    work.set(workspace, { driver, waiting: [], waits: [] });
    let taken = await driver.take(started);
    work.get(workspace)?.waiting.push(...taken.attempts);
    while (taken.result.more) {
      taken = await driver.take();
      work.get(workspace)?.waiting.push(...taken.attempts);
    }
  }
  // In each round, all attempts that have a place end, and the places are given out anew.
  const smaller = (['middle', 'small'] as const).flatMap((name) => work.get(name) ?? []);
  for (let round = 0; smaller.some(({ driver }) => !driver.state?.ended); round++) {
    if (round > 100) throw new Error('the backlogs are not worked off');
    for (const one of work.values()) {
      for (const attempt of one.waiting.splice(0)) {
        one.waits.push(round);
        await stores.attempts.begin(attempt, 'worker');
        await stores.attempts.settle(settlement(attempt));
        await one.driver.take(ended(attempt.run, attempt.attempt));
      }
    }
    stores.directory.forget();
    const { turns } = await grantRoom(stores.line, stores.directory);
    for (const [workspace, one] of work) {
      const events = turns.filter((turn) => turn.workspace === workspace).map(grantedEvent);
      if (events.length > 0) one.waiting.push(...(await one.driver.take(...events)).attempts);
    }
  }

  const p95 = (workspace: Workspace): number => {
    const waits = [...(work.get(workspace)?.waits ?? [])].sort((left, right) => left - right);
    return waits[Math.ceil(waits.length * 0.95) - 1] ?? Infinity;
  };
  // A third of the places each: as many rounds as tasks for one place, and one to get there.
  const ideal = (workspace: Workspace): number => backlogs[workspace] / (places / 3);
  expect(p95('small')).toBeLessThanOrEqual(2 * ideal('small'));
  expect(p95('middle')).toBeLessThanOrEqual(2 * ideal('middle'));
  // And nothing is kept back from the large one for them.
  expect(work.get('large')?.waits.length).toBeGreaterThanOrEqual(places);
});
