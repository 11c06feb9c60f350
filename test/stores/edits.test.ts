import { readPlan, requirePlan } from '../../src/contracts/schemas/read-plan';
import type { EditRequested, SessionEvent } from '../../src/domain/session/events';
import { planDocuments } from '../../src/main/prepare-plan';
import { ended, started } from './session-driver';
import { settlement } from './settlements';
import { openTestStores, testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;

beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());

const planOf = (tasks: string): string => `
version: 1
name: edited
agents: { ok: { connector: simulated, latency: 1ms } }
tasks:
${tasks}
`;
const chain = '  first: { agent: ok }\n  second: { needs: [first], agent: ok }';
const withEarly = `  early: { agent: ok }\n${chain}`;
const withBoth = `${withEarly}\n  late: { needs: [second], agent: ok }`;

/** Stores the plan, as a client does before it asks; returns its hash. */
async function put(tasks: string): Promise<string> {
  const { plan, hash } = requirePlan(
    await readPlan({ file: 'p', text: planOf(tasks) }, () => Promise.reject(new Error())),
  );
  await stores.plans.put(testWorkspace, planDocuments(plan));
  return hash;
}

async function editFrom(before: string, after: string, id = 'edit'): Promise<SessionEvent> {
  return { id, type: 'edit-requested', from: await put(before), to: await put(after) };
}

const tasksOf = async (id: string): Promise<string[]> =>
  (await stores.catalog.runs(testWorkspace, id)).map(({ run }) => run);

it('takes in one edit a turn, and leaves the next to the next turn', async () => {
  const session = await stores.addSession(planOf(chain));
  await session.take(started);
  const edits = [await editFrom(chain, withEarly, 'one'), await editFrom(withEarly, withBoth, 'two')];
  const { result } = await session.take(...edits);
  expect(result.accepted).toEqual([expect.objectContaining({ id: 'one' })]);
  expect(result.dropped).toEqual([]);
  const next = await session.take(...edits);
  expect(next.result.accepted).toEqual([expect.objectContaining({ id: 'two' })]);
  expect(next.result.dropped).toEqual(['one']);
  expect(await tasksOf(session.id)).toEqual(['early', 'first', 'second', 'late']);
});

it('decides a repeated turn as it was committed, with the same plan', async () => {
  const session = await stores.addSession(planOf(chain));
  await session.take(started);
  const edit = await editFrom(chain, withEarly);
  const request = session.request(edit);
  const first = await stores.activities.commitTurn(request);
  const repeated = await stores.activities.commitTurn({
    ...request,
    events: [{ id: 'pause', type: 'pause-requested' }, edit],
  });
  expect(repeated).toEqual(first);
  session.follow(repeated, [edit]);
  expect(session.status('early')).toBe('running');
});

it('brings the outline of the edited plan to the workflow run that continues', async () => {
  const session = await stores.addSession(planOf(chain));
  await session.take(started);
  await session.take(await editFrom(chain, withEarly));
  const next = session.continueAsNew();
  const { result } = await next.take();
  expect(result.outline?.tasks.map(({ name }) => name)).toEqual(['early', 'first', 'second']);
});

it('brings the outline from before the edit where the turn that takes it in is the first of its run', async () => {
  const session = await stores.addSession(planOf(chain));
  await session.take(started);
  const next = session.continueAsNew();
  const { result } = await next.take(await editFrom(chain, withEarly));
  expect(result.outline?.tasks).toHaveLength(2);
  expect(next.status('early')).toBe('running');
});

it('refuses what was made from another plan, and does not put it into the log with its outline', async () => {
  const session = await stores.addSession(planOf(chain));
  await session.take(started);
  await session.take(await editFrom(chain, withEarly, 'one'));
  const { result } = await session.take(await editFrom(chain, withBoth, 'two'));
  expect((result.accepted[0] as EditRequested).edit).toEqual({
    refused: expect.stringContaining('edit the present plan'),
  });
  const [row] = (await stores.catalog.log(testWorkspace, session.id, 0, 100)).slice(-1);
  expect(row).toMatchObject({
    type: 'edit-requested',
    data: { refused: expect.stringContaining('edit the present plan') },
  });
  expect(row?.data).not.toHaveProperty('edit');
  expect(await stores.catalog.answerTo(testWorkspace, session.id, 'two')).toMatchObject({
    status: 'running',
    refused: expect.any(String),
  });
});

describe('a reset to before an edit', () => {
  it('puts the plan and the tasks of before into the read model', async () => {
    const session = await stores.addSession(planOf(chain));
    await session.take(started);
    await session.take(await editFrom(chain, withBoth.replace('late', 'later')));
    expect(await tasksOf(session.id)).toEqual(['early', 'first', 'second', 'later']);
    const again = session.reset(2);
    await again.take({ id: 'pause', type: 'pause-requested' });
    expect(await tasksOf(session.id)).toEqual(['first', 'second']);
    const overview = await stores.catalog.find(testWorkspace, session.id);
    expect(overview).toMatchObject({
      planHash: await put(chain),
      firstPlanHash: await put(chain),
      progress: { total: 2 },
    });
  });

  it('lets nothing else have the name of a task that was begun, but the same request again', async () => {
    const session = await stores.addSession(planOf(chain));
    await session.take(started);
    const edit = await editFrom(chain, withEarly);
    const { attempts } = await session.take(edit);
    for (const attempt of attempts) {
      await stores.attempts.begin(attempt, 'worker');
      await stores.attempts.settle(settlement(attempt, { value: 1 }));
    }
    const other = await editFrom(
      chain,
      withEarly.replace('early: { agent: ok }', 'early: { agent: ok, prompt: other }'),
      'other',
    );
    const again = session.reset(2);
    const { result } = await again.take(other, ended('early'));
    expect((result.accepted[0] as EditRequested).edit).toEqual({
      refused: expect.stringContaining('task "early" was begun'),
    });
    expect(result.dropped).toEqual(['ended/early/1']);
    const repeated = await again.take(edit);
    expect(again.status('early')).toBe('running');
    expect(repeated.attempts.map(({ run, attempt }) => [run, attempt])).toEqual([['early', 1]]);
    await again.take(ended('early'));
    expect(again.status('early')).toBe('succeeded');
  });
});
