import { randomUUID } from 'node:crypto';
import type { RunningApi } from '../../src/main/api';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { registerRemote } from './remote-agent-client';

let installation: TestInstallation;
let api: RunningApi;

beforeAll(async () => {
  installation = await openTestInstallation();
  [api] = await Promise.all([installation.startApi(), installation.startWorkers()]);
});
afterAll(() => installation.close());

type Session = Awaited<ReturnType<TestInstallation['start']>>;

const start = (task: string, more = ''): Promise<Session> =>
  installation.start(
    `version: 1\nname: p\ninputs: { who: { type: string, default: Ada } }\ntasks: { work: { ${task} } }\n${more}`,
  );

const endOf = async (session: Session): Promise<string> => (await session.result()).status;

it('come for their work, are told all of it, and hand over what becomes of it', async () => {
  const agent = await registerRemote(installation, api, 'writer', { instructions: 'Be brief.' });
  const coming = agent.claim();
  const session = await start(
    'agent: writer, prompt: "Write to ${{ inputs.who }}", input: { n: 1 }, timeout: 1h',
    'outputs: { x: "${{ tasks.work.output }}" }\n',
  );
  const work = await coming;
  expect(work).toEqual({
    workspace: 'default',
    session: session.id,
    task: 'work',
    attempt: 1,
    token: expect.any(Number) as number,
    idempotencyKey: `default/${session.id}/work`,
    instructions: 'Be brief.',
    prompt: 'Write to Ada',
    input: { n: 1 },
    context: {},
    timeoutMs: 3_600_000,
    leaseMs: 3_000,
  });
  await agent.beat(work, { percent: 40, message: 'half way' });
  expect((await session.runs())[0]).toMatchObject({ status: 'running', agent: 'writer' });
  expect(
    await agent.settle('complete', work, { output: { by: 'writer' }, usage: { tokens: 7, costUsd: 0.5 } }),
  ).toEqual({
    status: 200,
    body: { verdict: 'succeeded' },
  });
  expect(await endOf(session)).toBe('succeeded');
  expect((await session.overview()).outputs).toEqual({ x: { by: 'writer' } });
  const { rows } = await installation.pool.query('SELECT tokens, cost_usd FROM outcomes WHERE session = $1', [
    session.id,
  ]);
  expect(rows).toEqual([{ tokens: 7, cost_usd: '0.500000' }]);
  await until('the entry is gone', async () => {
    const left = await installation.pool.query('SELECT FROM remote_work WHERE session = $1', [session.id]);
    return left.rowCount === 0;
  });
});

it('get the same answer where they complete an attempt twice', async () => {
  const agent = await registerRemote(installation, api, 'twice');
  const session = await start('agent: twice');
  const work = await agent.claim();
  const first = await agent.settle('complete', work, { output: 1 });
  expect(await agent.settle('complete', work, { output: 2 })).toEqual(first);
  expect(await endOf(session)).toBe('succeeded');
  expect((await session.outputs()).get('work')).toBe(1);
});

it('are given what they claimed once more where the answer was lost', async () => {
  const agent = await registerRemote(installation, api, 'forgetful');
  const session = await start('agent: forgetful');
  const claim = { claimId: randomUUID(), waitMs: 30_000 };
  const lost = await agent.post('claim', claim);
  expect(await agent.post('claim', { ...claim, repeated: true })).toEqual(lost);
  expect((await agent.post('claim', { claimId: randomUUID() })).body).toEqual({ work: [] });
  const [work] = lost.body['work'] as Parameters<typeof agent.settle>[1][];
  if (work) await agent.settle('complete', work);
  expect(await endOf(session)).toBe('succeeded');
});
