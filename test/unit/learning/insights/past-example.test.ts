import { examplesOf } from '../../../../src/domain/learning/insights/past-example';
import type { PastExample } from '../../../../src/domain/learning/insights/past-example';
import { planOf } from '../../plan/read-plan-text';

const past = (parts: Partial<PastExample>): PastExample => ({
  session: 's',
  run: 'write',
  attempt: 1,
  agentWorkspace: 'default',
  agent: 'ada',
  planName: 'p',
  planHash: 'hash',
  task: 'write',
  kind: null,
  verdict: 'succeeded',
  error: null,
  startedAt: 1_000,
  endedAt: 2_000,
  durationMs: 1_000,
  costUsd: null,
  tokens: null,
  model: null,
  work: null,
  inputBytes: 10,
  sessionStartedAt: 400,
  applied: [],
  ...parts,
});

const examples = async (attempts: PastExample[]) => {
  const { tasks } = await planOf(`version: 1
name: p
tasks:
  write: { agent: { capability: prose, technologies: [latex] }, type: letter, timeout: 1m }
  check: { needs: [write], run: [make] }
`);
  return examplesOf(attempts, (_, task) => tasks[task]);
};

test('an attempt is known by what its task asked for', async () => {
  expect(await examples([past({ verdict: 'failed', error: 'no file "a"', feedback: { rating: 5 } })])).toEqual([
    expect.objectContaining({
      agent: 'default/ada',
      capability: 'prose',
      taskType: 'letter',
      technologies: ['latex'],
      succeeded: false,
      success: 1,
      errorClass: 'no file "…"',
      timeoutMs: 60_000,
      waitedMs: 600,
      wentOnFrom: [],
    }),
  ]);
});

test('it goes on from whom was stored with it, also where their attempts are not looked at', async () => {
  const check = past({ task: 'check', run: 'check', agentWorkspace: null, agent: 'run:check' });
  const given = (agent: string, workspace: string | null = 'default') => ({
    run: 'write',
    attempt: 1,
    workspace,
    agent,
  });
  const [stored] = await examples([{ ...check, handoffs: [given('eve'), given('eve'), given('own', null)] }]);
  expect(stored?.wentOnFrom).toEqual(['default/eve', 'p:own']);
  const [nobody] = await examples([{ ...check, handoffs: [] }]);
  expect(nobody?.wentOnFrom).toEqual([]);
});

test('it goes on from the last success of what it needs, and waits from its end on', async () => {
  const given = [
    past({}),
    past({ attempt: 2, agent: 'bob', startedAt: 2_500, endedAt: 3_000 }),
    past({ run: 'check', task: 'check', agent: 'run:check', agentWorkspace: null, startedAt: 3_200, endedAt: 4_000 }),
  ];
  const check = (await examples(given)).find(({ task }) => task === 'check');
  expect(check).toMatchObject({ agent: 'p:run:check', wentOnFrom: ['default/bob'], waitedMs: 200, capability: '' });
});

test('what it needed is unknown where that is too long ago, and tasks that are gone teach nothing', async () => {
  const [only, ...others] = await examples([
    past({ run: 'check', task: 'check', startedAt: 3_200, endedAt: 4_000 }),
    past({ run: 'gone', task: 'gone' }),
  ]);
  expect(others).toEqual([]);
  expect(only).toMatchObject({ wentOnFrom: [], waitedMs: null });
});

test('what was done elsewhere is known by what its reporter says of it, and belongs to no plan', async () => {
  const kind = { capability: 'prose', taskType: 'letter', technologies: ['latex'], inputBytes: 70 };
  const elsewhere = past({
    session: '@ci',
    task: 'letter',
    planName: '',
    planHash: null,
    kind,
    inputBytes: null,
    sessionStartedAt: null,
  });
  expect(examplesOf([elsewhere], () => undefined)).toEqual([
    expect.objectContaining({ ...kind, plan: '', timeoutMs: null, wentOnFrom: [], waitedMs: null }),
  ]);
  const work = { tools: ['read', 'edit'], messages: 3, collaborators: ['default/eve'] };
  expect(examplesOf([{ ...elsewhere, model: 'm', work }], () => undefined)).toEqual([
    expect.objectContaining({
      ...{ model: 'm', tools: ['read', 'edit'], filesChanged: null, messages: 3 },
      wentOnFrom: ['default/eve'],
    }),
  ]);
  expect(examplesOf([{ ...elsewhere, kind: null }], () => undefined)).toEqual([]);
});
