import { createAgentRelationshipReader } from '../../src/stores/agent-relationships';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
beforeAll(async () => {
  stores = await openTestStores();
});
afterAll(() => stores.close());

let workspaces = 0;
const newWorkspace = (): string => `workspace-${++workspaces}`;

interface Done {
  run: string;
  agent: string | null;
  verdict?: string;
  attempt?: number;
  lost?: boolean;
  /** Of the agent; that of the session where it is not said. */
  of?: string;
}

let sessions = 0;
/** A session whose attempts came to this; its id. */
async function session(workspace: string, plan: string, done: readonly Done[]): Promise<string> {
  const id = `past-${++sessions}`;
  await stores.addSession(`version: 1\nname: p\nagents: { x: { connector: simulated } }\n${plan}`, { id, workspace });
  for (const { run, agent, verdict = 'succeeded', attempt = 1, lost = false, of = workspace } of done) {
    await stores.pool.query(
      `INSERT INTO outcomes (workspace, session, run, attempt, plan_name, task, agent, agent_workspace, token, verdict, lost,
                             retryable, ended_at, duration_ms, evidence)
       VALUES ($1, $2, $3, $4, 'p', split_part($3, '[', 1), $5, $6, 0, $7, $8, true, now(), 100, '[]')`,
      [workspace, id, run, attempt, agent ?? 'inline', agent === null ? null : of, verdict, lost],
    );
  }
  return id;
}

const chain = 'tasks: { plan: { agent: x }, write: { agent: x, needs: [plan] }, test: { agent: x, needs: [write] } }\n';

const of = (workspace: string, name: string, owner = workspace) =>
  createAgentRelationshipReader(stores.pool).of(workspace, { workspace: owner, name });

const handover = (workspace: string, name: string, succeeded: number, failed = 0) => ({
  agent: { workspace, name },
  succeeded,
  failed,
  strength: expect.any(Number) as number,
  lastAt: expect.any(Number) as number,
});

it('are counted from what tasks needed, and from how the attempts came out that went on with it', async () => {
  const workspace = newWorkspace();
  await session(workspace, chain, [
    { run: 'plan', agent: 'planner' },
    { run: 'write', agent: 'writer', verdict: 'failed' },
    { run: 'write', agent: 'writer', attempt: 2 },
    { run: 'test', agent: 'tester' },
  ]);
  await session(workspace, chain, [
    { run: 'plan', agent: 'planner' },
    { run: 'write', agent: 'writer' },
    { run: 'test', agent: 'auditor', verdict: 'timed_out' },
  ]);
  expect(await of(workspace, 'writer')).toEqual({
    tookOverFrom: [handover(workspace, 'planner', 2, 1)],
    handedOverTo: [handover(workspace, 'auditor', 0, 1), handover(workspace, 'tester', 1)],
  });
  expect(await of(workspace, 'planner')).toEqual({
    tookOverFrom: [],
    handedOverTo: [handover(workspace, 'writer', 2, 1)],
  });
});

it('are those of the agent whose attempt counted, not of those that tried before it', async () => {
  const workspace = newWorkspace();
  await session(workspace, chain, [
    { run: 'plan', agent: 'hasty', verdict: 'failed' },
    { run: 'plan', agent: 'careful', attempt: 2 },
    { run: 'write', agent: 'writer' },
  ]);
  expect((await of(workspace, 'writer')).tookOverFrom).toEqual([handover(workspace, 'careful', 1)]);
  expect((await of(workspace, 'hasty')).handedOverTo).toEqual([]);
});

it('are not those of a racer that succeeded after another had won', async () => {
  const workspace = newWorkspace();
  const id = await session(workspace, chain, [
    { run: 'plan[0]', agent: 'quick' },
    { run: 'plan[1]', agent: 'slow' },
    { run: 'write', agent: 'writer' },
  ]);
  await stores.pool.query(
    `INSERT INTO task_runs (workspace, session, run, task, item, position, status, attempt)
     VALUES ($1, $2, 'plan[0]', 'plan', 0, 0, 'succeeded', 1), ($1, $2, 'plan[1]', 'plan', 1, 0, 'cancelled', 1)`,
    [workspace, id],
  );
  expect((await of(workspace, 'writer')).tookOverFrom).toEqual([handover(workspace, 'quick', 1)]);
});

it('leave out attempts that say nothing of an agent, agents of plans, and the agent itself', async () => {
  const workspace = newWorkspace();
  await session(workspace, chain, [
    { run: 'plan', agent: null },
    { run: 'write', agent: 'writer' },
    { run: 'test', agent: 'tester', verdict: 'cancelled' },
    { run: 'test', agent: 'tester', attempt: 2, verdict: 'rate_limited' },
    { run: 'test', agent: 'tester', attempt: 3, verdict: 'failed', lost: true },
    { run: 'test', agent: 'writer', attempt: 4 },
  ]);
  expect(await of(workspace, 'writer')).toEqual({ tookOverFrom: [], handedOverTo: [] });
});

it('count an attempt once for each agent that it went on from, however many items there were', async () => {
  const workspace = newWorkspace();
  const plan = 'tasks: { each: { agent: x, forEach: [1, 2, 3] }, all: { agent: x, needs: [each] } }\n';
  await session(workspace, plan, [
    { run: 'each[0]', agent: 'a' },
    { run: 'each[1]', agent: 'a' },
    { run: 'each[2]', agent: 'b' },
    { run: 'all', agent: 'merger' },
  ]);
  expect((await of(workspace, 'merger')).tookOverFrom).toEqual([
    handover(workspace, 'a', 1),
    handover(workspace, 'b', 1),
  ]);
});

it('are those of one workspace, also of agents that others share with it', async () => {
  const [owner, guest] = [newWorkspace(), newWorkspace()];
  const done = (writer: Partial<Done>): Done[] => [
    { run: 'plan', agent: 'planner' },
    { run: 'write', agent: 'writer', ...writer },
  ];
  await session(owner, chain, done({}));
  await session(guest, chain, done({ of: owner, verdict: 'failed' }));
  expect((await of(owner, 'writer')).tookOverFrom).toEqual([handover(owner, 'planner', 1)]);
  expect((await of(guest, 'writer', owner)).tookOverFrom).toEqual([handover(guest, 'planner', 0, 1)]);
  expect((await of(guest, 'planner')).handedOverTo).toEqual([handover(owner, 'writer', 0, 1)]);
});

it('begin with the most frequent, and are ten at most', async () => {
  const workspace = newWorkspace();
  for (let nth = 0; nth < 12; nth++) {
    const times = nth === 11 ? 2 : 1;
    for (let time = 0; time < times; time++) {
      await session(workspace, chain, [
        { run: 'plan', agent: `planner-${nth}` },
        { run: 'write', agent: 'writer' },
      ]);
    }
  }
  const { tookOverFrom } = await of(workspace, 'writer');
  expect(tookOverFrom).toHaveLength(10);
  expect(tookOverFrom[0]).toEqual(handover(workspace, 'planner-11', 2));
});

it('have a strength, which one handover hardly moves and many do, and the time of the last', async () => {
  const workspace = newWorkspace();
  const done = (writer: string, verdict: string): Done[] => [
    { run: 'plan', agent: 'planner' },
    { run: 'write', agent: writer, verdict },
  ];
  await session(workspace, chain, done('once', 'failed'));
  for (let time = 0; time < 20; time++) await session(workspace, chain, done('often', 'failed'));
  const last = await session(workspace, chain, done('well', 'succeeded'));
  await stores.pool.query(`UPDATE outcomes SET ended_at = '2031-05-06T07:08:09Z' WHERE session = $1`, [last]);
  const { handedOverTo } = await of(workspace, 'planner');
  const strengths = new Map(handedOverTo.map(({ agent, strength }) => [agent.name, strength]));
  expect(strengths.get('well')).toBeCloseTo(5 / 6);
  expect(strengths.get('once')).toBeCloseTo(4 / 6);
  expect(strengths.get('often')).toBeCloseTo(4 / 25);
  expect(handedOverTo.find(({ agent }) => agent.name === 'well')?.lastAt).toBe(Date.UTC(2031, 4, 6, 7, 8, 9));
});

it('are found in plans with texts that PostgreSQL takes for no JSON', async () => {
  const workspace = newWorkspace();
  await session(workspace, chain.replace('plan: { agent: x }', 'plan: { agent: x, prompt: "a\\0b \\ud800" }'), [
    { run: 'plan', agent: 'planner' },
    { run: 'write', agent: 'writer' },
  ]);
  expect((await of(workspace, 'writer')).tookOverFrom).toEqual([handover(workspace, 'planner', 1)]);
});
