import { readPlan, requirePlan } from '../../src/contracts/schemas/read-plan';
import { planDocuments } from '../../src/main/prepare-plan';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { startControlledAgent } from './controlled-agent';
import type { ControlledAgent } from './controlled-agent';

let installation: TestInstallation;
let agent: ControlledAgent;

beforeAll(async () => {
  [installation, agent] = await Promise.all([
    openTestInstallation({ ORCHESTRA_CONTINUE_AFTER_EVENTS: '80' }),
    startControlledAgent(),
  ]);
  await installation.startWorkers();
});
afterAll(async () => {
  await agent.close();
  await installation.close();
});

type Session = Awaited<ReturnType<TestInstallation['start']>>;

const planOf = (tasks: string, more = ''): string => `
version: 1
name: edited
defaults: { retry: { attempts: 1 } }
agents:
  remote: { connector: http, url: "${agent.url}" }
  quick: { connector: simulated, latency: 1ms, output: { ok: true } }
${more}
tasks:
${tasks}
`;

const chain = `
  first: { agent: remote }
  second: { needs: [first], agent: remote, prompt: as it was }
  third: { needs: [second], agent: quick }
`;

/** An edit made from the present plan, or from another one. */
async function edit(session: Session, text: string, options: { from?: string; requestId?: string; by?: string } = {}) {
  const { plan, hash } = requirePlan(
    await readPlan({ file: 'edited.plan.yaml', text }, () => Promise.reject(new Error())),
  );
  const from = options.from ?? (await session.plan()).hash;
  return session.edit({ plan, hash, documents: planDocuments(plan), ...options, from });
}

async function statuses(session: Session): Promise<Record<string, string>> {
  return Object.fromEntries((await session.runs()).map(({ run, status }) => [run, status]));
}

const visitsOf = (session: Session): string[] =>
  agent.visits.filter((visit) => visit.session === session.id).map(({ task }) => task);

async function runIdOf({ workflowId }: Session): Promise<string> {
  return (await installation.temporal.workflow.getHandle(workflowId).describe()).runId;
}

it('adds a task behind a finished one, and runs it', async () => {
  const session = await start();
  await agent.answer('first', { session: session.id, output: { found: 'a leak' } });
  await agent.arrival('second', 1, session.id);
  const reply = await edit(
    session,
    planOf(`${chain}  report: { needs: [first], agent: remote, input: { about: "\${{ tasks.first.output.found }}" } }`),
    { by: 'ada' },
  );
  expect(reply).toEqual({ status: 'running' });
  const visit = await agent.arrival('report', 1, session.id);
  expect(visit.input).toEqual({ about: 'a leak' });
  expect((await session.overview()).progress).toMatchObject({ total: 4, succeeded: 1, running: 2 });
  await agent.answer('second', { session: session.id });
  await agent.answer('report', { session: session.id });
  expect(await session.result()).toMatchObject({ status: 'succeeded' });
  const edits = [];
  for await (const { type, data } of session.events()) if (type === 'plan-edited') edits.push(data);
  expect(edits).toEqual([
    expect.objectContaining({ by: 'ada', added: ['report'], removed: [], changed: {}, settings: [] }),
  ]);
});

it('removes and changes tasks that have not begun, and its settings with them', async () => {
  const session = await start();
  await agent.arrival('first', 1, session.id);
  await edit(
    session,
    planOf(
      `
  first: { agent: remote }
  second: { needs: [first], agent: remote, input: { now: other } }
  fourth: { agent: quick }
`,
      'outputs: { second: "${{ tasks.second.output.said }}" }',
    ),
  );
  await until('the new task is done', async () => (await statuses(session))['fourth'] === 'succeeded');
  expect(await statuses(session)).toEqual({ first: 'running', second: 'pending', fourth: 'succeeded' });
  await agent.answer('first', { session: session.id });
  expect((await agent.arrival('second', 1, session.id)).input).toEqual({ now: 'other' });
  await agent.answer('second', { session: session.id, output: { said: 'done' } });
  expect(await session.result()).toMatchObject({ status: 'succeeded', outputs: { second: 'done' } });
});

describe('an edit is refused', () => {
  it('where it would touch what has begun or ended, with all reasons', async () => {
    const session = await start();
    await agent.answer('first', { session: session.id });
    await agent.arrival('second', 1, session.id);
    await expect(
      edit(session, planOf('  second: { agent: remote }\n  third: { needs: [second], agent: quick }')),
    ).rejects.toThrow(
      'task "first" has ended (succeeded) and cannot be removed any more; task "second" has begun and cannot be changed any more (needs, prompt)',
    );
    await expect(edit(session, planOf(chain, 'inputs: { more: { type: string } }'))).rejects.toThrow(
      'the inputs of the plan cannot change',
    );
    await expect(edit(session, planOf(chain).replace('name: edited', 'name: another'))).rejects.toThrow(
      'the name of the plan cannot change',
    );
    await expect(edit(session, planOf(chain))).rejects.toThrow('the edit changes nothing');
    await agent.answer('second', { session: session.id });
    expect(await session.result()).toMatchObject({ status: 'succeeded' });
    await expect(edit(session, planOf(`${chain}  more: { agent: quick }`))).rejects.toThrow('has ended');
  });

  it('where the plan would be no plan, before the session hears of it', async () => {
    const session = await start();
    const { plan, hash } = await session.plan();
    const { first, third } = plan.tasks;
    if (!first || !third) throw new Error('the plan has lost its tasks');
    const circular = {
      ...plan,
      tasks: { ...plan.tasks, third: { ...third, needs: ['fourth'] }, fourth: { ...first, needs: ['third'] } },
    };
    await expect(session.edit({ plan: circular, hash: 'none', documents: [], from: hash })).rejects.toMatchObject({
      code: 'PLAN_INVALID',
      message: expect.stringMatching(/third.*fourth|cycle/),
    });
    await expect(
      edit(session, planOf(`${chain}  more: { agent: { capability: never.heard.of } }`)),
    ).rejects.toMatchObject({
      code: 'PLAN_INVALID',
    });
    expect(await session.plan()).toEqual({ plan, hash });
    await session.cancel();
  });

  it('where somebody else has edited the plan meanwhile', async () => {
    const session = await start();
    const { hash: from } = await session.plan();
    const [mine, theirs] = await Promise.allSettled([
      edit(session, planOf(`${chain}  mine: { needs: [first], agent: quick }`), { from }),
      edit(session, planOf(`${chain}  theirs: { needs: [first], agent: quick }`), { from }),
    ]);
    const refused = [mine, theirs].find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    expect([mine.status, theirs.status].sort()).toEqual(['fulfilled', 'rejected']);
    expect((refused.reason as Error).message).toContain(
      `the edit was made from version ${from.slice(0, 12)}: edit the present plan`,
    );
    expect(Object.keys((await session.plan()).plan.tasks)).toHaveLength(4);
    await session.cancel();
  });
});

it('adds and changes tasks with sub-plans, which run as child sessions', async () => {
  const child = (task: string): string =>
    `{ version: 1, name: child, agents: { remote: { connector: http, url: "${agent.url}" } }, tasks: { ${task}: { agent: remote } } }`;
  const withChild = (task: string): string => `${chain}  review: { needs: [first], plan: ${child(task)} }\n`;
  const session = await start();
  await agent.arrival('first', 1, session.id);
  await edit(session, planOf(withChild('never')));
  await edit(session, planOf(withChild('inner')));
  await agent.answer('first', { session: session.id });
  await agent.answer('inner', { session: `${session.id}.review` });
  await agent.answer('second', { session: session.id });
  expect(await session.result()).toMatchObject({ status: 'succeeded' });
  expect(await statuses(session)).toMatchObject({ review: 'succeeded' });
});

it('changes agents that have done their work', async () => {
  const session = await installation.start(
    planOf('  done: { agent: quick }\n  held: { agent: remote }\n  after: { needs: [held], agent: quick }'),
  );
  await until('the first task is done', async () => (await statuses(session))['done'] === 'succeeded');
  const { plan } = await session.plan();
  const { quick } = plan.agents;
  if (quick?.connector !== 'simulated') throw new Error('the plan has lost its agent');
  const edited = { ...plan, agents: { ...plan.agents, quick: { ...quick, output: { ok: 'better' } } } };
  const { changes, refusals } = await session.previewEdit(plan, edited);
  expect({ changes, refusals }).toEqual({
    changes: { added: [], removed: [], changed: { after: ['agents'], done: ['agents'] }, settings: ['agents.quick'] },
    refusals: [],
  });
  const [document] = planDocuments(edited);
  const from = (await session.plan()).hash;
  await session.edit({ plan: edited, hash: document?.hash ?? '', documents: planDocuments(edited), from });
  await agent.answer('held', { session: session.id });
  expect(await session.result()).toMatchObject({ status: 'succeeded' });
  expect((await session.outputs()).get('after')).toEqual({ ok: 'better' });
  expect((await session.outputs()).get('done')).toEqual({ ok: true });
});

it('raises a budget for which somebody was to be asked', async () => {
  const tasks = '  first: { agent: remote }\n  second: { needs: [first], agent: remote, onBudget: ask }';
  const session = await installation.start(planOf(tasks, 'budget: { attempts: 1 }'));
  await agent.answer('first', { session: session.id });
  await until('the second waits', async () => (await statuses(session))['second'] === 'waiting');
  await edit(session, planOf(tasks, 'budget: { attempts: 2 }'));
  await agent.answer('second', { session: session.id });
  expect(await session.result()).toMatchObject({ status: 'succeeded' });
  expect(await installation.client.approvals.list({ onlyOpen: true, limit: 10 })).toEqual([]);
  expect(await installation.client.budgets.ofSession(session.id)).toMatchObject([{ limit: 2, spent: 2 }]);
});

it('takes a request in once, whoever repeats it', async () => {
  const session = await start();
  const { hash: from } = await session.plan();
  const text = planOf(`${chain}  more: { needs: [first], agent: quick }`);
  await edit(session, text, { from, requestId: 'edit-once' });
  expect(await edit(session, text, { from, requestId: 'edit-once' })).toEqual({ status: 'running' });
  await session.cancel();
});

it('is edited while it is paused, and starts what is new once it is resumed', async () => {
  const session = await start();
  await agent.arrival('first', 1, session.id);
  await session.pause();
  expect(await edit(session, planOf('  first: { agent: remote }\n  other: { agent: remote }'))).toEqual({
    status: 'paused',
  });
  expect(await statuses(session)).toEqual({ first: 'running', other: 'queued' });
  expect(visitsOf(session)).toEqual(['first']);
  await session.resume();
  await agent.answer('other', { session: session.id });
  await agent.answer('first', { session: session.id });
  expect(await session.result()).toMatchObject({ status: 'succeeded' });
});

it('goes on with the edited plan when it continues as new, and can be edited again', async () => {
  const session = await start();
  await agent.arrival('first', 1, session.id);
  await edit(session, planOf(`  early: { agent: remote }\n${chain}`));
  await agent.arrival('early', 1, session.id);
  const before = await runIdOf(session);
  await until('the session has continued as new', async () => {
    await session.pause();
    await session.resume();
    return (await runIdOf(session)) !== before;
  });
  await edit(session, planOf(`  early: { agent: remote }\n${chain}  late: { needs: [early], agent: remote }`));
  await agent.answer('early', { session: session.id });
  await agent.answer('first', { session: session.id });
  await agent.answer('second', { session: session.id });
  await agent.answer('late', { session: session.id });
  expect(await session.result()).toMatchObject({ status: 'succeeded' });
  expect((await session.runs()).map(({ run, attempts }) => [run, attempts])).toEqual([
    ['early', 1],
    ['first', 1],
    ['late', 1],
    ['second', 1],
    ['third', 1],
  ]);
});

it('is retried after its end with the plan that it was edited to', async () => {
  const session = await start();
  await edit(session, planOf('  first: { agent: remote }\n  behind: { needs: [first], agent: remote }'));
  await agent.answer('first', { session: session.id, status: 400 });
  expect(await session.result()).toMatchObject({ status: 'failed' });
  await session.retry();
  await agent.answer('first', { attempt: 2, session: session.id });
  await agent.answer('behind', { session: session.id });
  expect(await session.result()).toMatchObject({ status: 'succeeded' });
});

const start = (): Promise<Session> => installation.start(planOf(chain));
