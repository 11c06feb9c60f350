import { readAssignments, writeAssignments } from '../../src/stores/assignment-batches';
import { assign } from '../../src/domain/routing/assign';
import type { Assignment } from '../../src/domain/routing/assignment';
import { recompute } from '../../src/domain/routing/build-assignment';
import { profileOf } from '../../src/domain/routing/agent-profile';
import { Roster } from '../../src/domain/routing/roster';
import { routingRequirement } from '../../src/domain/routing/routing-requirement';
import { definitionOf } from '../helpers/agent-definitions';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

const workspace = 'w';
let stores: TestStores;

beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());

function assignmentTo(name: string): Assignment {
  const roster = new Roster([profileOf({ ...definitionOf(name), workspace, draining: false }, 0)]);
  const [assigned] = assign(roster, [{ workspace, requirement: routingRequirement({ name }) }]);
  if (assigned?.kind !== 'assigned') throw new Error(`nothing was assigned to ${name}`);
  return assigned;
}

async function keep(session: string, ...of: [run: string, agent: string][]): Promise<void> {
  const assignments = of.map(([run, agent]) => ({ run, attempt: 1, assignment: assignmentTo(agent) }));
  await stores.pool.query(writeAssignments(workspace, session, assignments));
}

it('keeps a hundred assignments in a tenth of their space, each as it was made', async () => {
  const runs = Array.from({ length: 100 }, (_, at): [string, string] => [`t${at}`, `agent-${at}`]);
  await keep('many', ...runs);
  const [stored] = await readAssignments(stores.pool, workspace, 'many', 't7');
  expect(stored).toMatchObject({ run: 't7', attempt: 1, assignment: assignmentTo('agent-7') });
  expect(stored && recompute(stored.assignment)).toEqual(stored?.assignment);
  const { rows } = await stores.pool.query<{ bytes: number }>(
    `SELECT octet_length(content) AS bytes FROM assignment_batches WHERE session = 'many'`,
  );
  const plain = JSON.stringify(runs.map(([run, agent]) => ({ run, attempt: 1, assignment: assignmentTo(agent) })));
  expect(rows[0]?.bytes).toBeLessThan(plain.length / 10);
});

it('finds those of a task and of its items, in order, and no others', async () => {
  await keep('items', ['each[0]', 'ada'], ['each[10]', 'bob'], ['each[2]', 'cy'], ['eachother', 'dee']);
  const stored = await readAssignments(stores.pool, workspace, 'items', 'each');
  expect(stored.map(({ run }) => run)).toEqual(['each[0]', 'each[2]', 'each[10]']);
  expect(await readAssignments(stores.pool, 'another', 'items', 'each')).toEqual([]);
});

it('gives the last word on an attempt that was assigned again', async () => {
  await keep('again', ['check', 'ada']);
  await keep('again', ['check', 'bob']);
  const stored = await readAssignments(stores.pool, workspace, 'again', 'check');
  expect(stored.map(({ assignment }) => assignment.agent.name)).toEqual(['bob']);
});

it('reads what earlier versions kept one by one', async () => {
  const kept = JSON.stringify([{ run: 'check', attempt: 2, assignment: assignmentTo('ada') }]);
  await stores.pool.query(
    `INSERT INTO assignment_batches (workspace, session, tasks, content) VALUES ($1, 'old', '{check}', convert_to($2, 'UTF8'))`,
    [workspace, kept],
  );
  const stored = await readAssignments(stores.pool, workspace, 'old', 'check');
  expect(stored).toMatchObject([{ run: 'check', attempt: 2, assignment: { agent: { name: 'ada' } } }]);
});
