import { randomUUID } from 'node:crypto';
import type { AgentDefinition } from '../../src/domain/agents/agent';
import type { RunningApi } from '../../src/main/api';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { registerRemote, transports } from './remote-agent-client';
import type { RemoteAgentClient } from './remote-agent-client';

describe.each(transports)('over %s', (transport) => {
  let installation: TestInstallation;
  let api: RunningApi;

  beforeAll(async () => {
    installation = await openTestInstallation();
    [api] = await Promise.all([installation.startApi(), installation.startWorkers()]);
  });
  afterAll(() => installation.close());

  const register = (name: string, parts: Partial<AgentDefinition> = {}): Promise<RemoteAgentClient> =>
    registerRemote(installation, api, name, parts, transport);

  type Session = Awaited<ReturnType<TestInstallation['start']>>;

  const start = (task: string, more = ''): Promise<Session> =>
    installation.start(
      `version: 1\nname: p\ninputs: { who: { type: string, default: Ada } }\ntasks: { work: { ${task} } }\n${more}`,
    );

  const endOf = async (session: Session): Promise<string> => (await session.result()).status;

  /** How long leases of the session last that are taken from now on. */
  const setLease = (session: Session, ms: number) =>
    installation.pool.query(
      `UPDATE sessions SET settings = settings || jsonb_build_object('leaseMs', $2::int) WHERE id = $1`,
      [session.id, ms],
    );

  it('come for their work, are told all of it, and hand over what becomes of it', async () => {
    const agent = await register('writer', { instructions: 'Be brief.' });
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
      leaseMs: 15_000,
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
    const { rows } = await installation.pool.query(
      'SELECT tokens, cost_usd, input_bytes FROM outcomes WHERE session = $1',
      [session.id],
    );
    const inputBytes = 'Write to Ada'.length + '{"n":1}'.length;
    expect(rows).toEqual([{ tokens: 7, cost_usd: '0.500000', input_bytes: inputBytes }]);
    await until('the entry is gone', async () => {
      const left = await installation.pool.query('SELECT FROM remote_work WHERE session = $1', [session.id]);
      return left.rowCount === 0;
    });
  });

  it('say what they used and how they worked, whatever came of it, and it is kept to learn from', async () => {
    const agent = await register('diligent');
    const session = await start('agent: diligent, retry: { attempts: 2, initialInterval: 1ms }');
    const work = { tools: ['read', 'edit'], filesChanged: ['src/a.ts'], messages: 3 };
    const usage = { model: 'small', inputTokens: 5, outputTokens: 2, cachedInputTokens: 4, ...work };
    await agent.settle('fail', await agent.claim(), { usage: { ...usage, tools: ['read'] } });
    await agent.settle('complete', await agent.claim(), { usage });
    expect(await endOf(session)).toBe('succeeded');
    const { rows } = await installation.pool.query(
      'SELECT model, tokens, cached_input_tokens AS cached, work FROM outcomes WHERE session = $1 ORDER BY attempt',
      [session.id],
    );
    const kept = { model: 'small', tokens: 7, cached: 4 };
    expect(rows).toEqual([
      { ...kept, work: { ...work, tools: ['read'] } },
      { ...kept, work },
    ]);
  });

  it('cannot say that they used what nobody can use', async () => {
    const agent = await register('boasting');
    const session = await start('agent: boasting');
    const work = await agent.claim();
    for (const usage of [{ costUsd: 1e300 }, { tokens: 1e12 }, { tools: 'read' }])
      expect(await agent.settle('complete', work, { usage })).toMatchObject({ status: 400 });
    await agent.settle('complete', work);
    expect(await endOf(session)).toBe('succeeded');
  });

  it('get the same answer where they complete an attempt twice', async () => {
    const agent = await register('twice');
    const session = await start('agent: twice');
    const work = await agent.claim();
    const first = await agent.settle('complete', work, { output: 1 });
    expect(await agent.settle('complete', work, { output: 2 })).toEqual(first);
    expect(await endOf(session)).toBe('succeeded');
    expect((await session.outputs()).get('work')).toBe(1);
  });

  it('are given what they claimed once more where the answer was lost', async () => {
    const agent = await register('forgetful');
    const session = await start('agent: forgetful');
    const claim = { claimId: randomUUID(), waitMs: 60_000 };
    const lost = await agent.post('claim', claim);
    expect(await agent.post('claim', { ...claim, repeated: true })).toEqual(lost);
    expect((await agent.post('claim', { claimId: randomUUID() })).body).toEqual({ work: [] });
    const [work] = lost.body['work'] as Parameters<typeof agent.settle>[1][];
    if (work) await agent.settle('complete', work);
    expect(await endOf(session)).toBe('succeeded');
  });

  it('are given work as it comes, while they wait for it, each piece once', async () => {
    const agent = await register('many', { maxConcurrent: 5 });
    const coming = Array.from({ length: 3 }, () => agent.claim());
    const session = await start('agent: many, forEach: [1, 2, 3], input: "${{ item }}"');
    const works = await Promise.all(coming);
    expect(works.map(({ task }) => task).sort()).toEqual(['work[0]', 'work[1]', 'work[2]']);
    await Promise.all(works.map((work) => agent.settle('complete', work, { output: work['input'] })));
    expect(await endOf(session)).toBe('succeeded');
    const outputs = await session.outputs();
    expect([0, 1, 2].map((item) => outputs.get(`work[${item}]`))).toEqual([1, 2, 3]);
  });

  it('do not decide by themselves: their output passes the gate, or the attempt has failed', async () => {
    const agent = await register('judged');
    const session = await start(
      'agent: judged, gate: { check: "output.words > size(inputs.who)" }, retry: { attempts: 2, initialInterval: 1ms }',
    );
    expect((await agent.settle('complete', await agent.claim(), { output: { words: 1 } })).body).toEqual({
      verdict: 'failed',
    });
    const second = await agent.claim();
    expect(second.attempt).toBe(2);
    await agent.settle('complete', second, { output: { words: 4 } });
    expect(await endOf(session)).toBe('succeeded');
  });

  it('say what went wrong, and whether another attempt can help', async () => {
    const agent = await register('failing');
    const session = await start('agent: failing, retry: { attempts: 3, initialInterval: 1ms }');
    const limited = { reason: 'rate_limited', retryAfterMs: 1, error: 'too much' };
    expect((await agent.settle('fail', await agent.claim(), limited)).body).toEqual({ verdict: 'rate_limited' });
    const hopeless = { error: 'no such file', retryable: false };
    expect((await agent.settle('fail', await agent.claim(), hopeless)).body).toEqual({ verdict: 'failed' });
    expect(await endOf(session)).toBe('failed');
    expect((await session.runs())[0]).toMatchObject({ attempts: 2, error: 'no such file' });
  });

  it('hand work back at no cost of a try', async () => {
    const agent = await register('leaving');
    const session = await start('agent: leaving, retry: { attempts: 1 }');
    await agent.settle('fail', await agent.claim(), { reason: 'handed_back', error: 'stopped' });
    await agent.settle('complete', await agent.claim());
    expect(await endOf(session)).toBe('succeeded');
  });

  it('hear of a cancel at once where their heartbeat waits for it', async () => {
    const agent = await register('cancelled');
    const session = await start('agent: cancelled');
    const work = await agent.claim();
    const { session: id, task, attempt, token } = work;
    expect((await agent.beat(work)).body).toEqual({ stop: [] });
    const stopped = agent.beat(work, { waitMs: 30_000 });
    await session.cancel();
    expect((await stopped).body).toEqual({
      stop: [{ workspace: 'default', session: id, task, attempt, token, reason: 'cancelled' }],
    });
    expect((await agent.settle('fail', work)).body).toEqual({ verdict: 'cancelled' });
    expect(await endOf(session)).toBe('cancelled');
  });

  it('lose what they do not speak of: it is tried again, and what comes late changes nothing but its cost', async () => {
    const agent = await register('silent');
    const session = await start('agent: silent, retry: { attempts: 2, initialInterval: 1ms }');
    await setLease(session, 2_000);
    const first = await agent.claim();
    // The second is spoken of in time, however slow the machine is.
    await setLease(session, 15_000);
    const second = await agent.claim();
    expect([first.attempt, second.attempt]).toEqual([1, 2]);
    expect((await agent.beat(first)).body).toMatchObject({ stop: [{ attempt: 1, reason: 'gone' }] });
    expect(await agent.settle('complete', first, { output: 'late', usage: { costUsd: 2 } })).toMatchObject({
      status: 409,
      body: { code: 'ATTEMPT_SUPERSEDED', status: 409, retryable: false },
    });
    await agent.settle('complete', second, { output: 'in time' });
    expect(await endOf(session)).toBe('succeeded');
    expect((await session.outputs()).get('work')).toBe('in time');
    const { rows } = await installation.pool.query(
      'SELECT attempt, verdict, lost, cost_usd FROM outcomes WHERE session = $1 ORDER BY attempt',
      [session.id],
    );
    expect(rows).toEqual([
      { attempt: 1, verdict: 'failed', lost: true, cost_usd: '2.000000' },
      { attempt: 2, verdict: 'succeeded', lost: false, cost_usd: null },
    ]);
  });

  it('lose it to another agent, once, although they count as online for longer than their lease lasts', async () => {
    const capabilities = [{ name: 'dive', proficiency: 1, technologies: [] }];
    // While a socket is open, its agent is there.
    const silent = await registerRemote(installation, api, 'diver', { capabilities });
    const other = await register('snorkeller', { capabilities });
    const [taken, given] = [silent.claim(), other.claim()];
    const online = async (): Promise<string[]> => {
      const { rows } = await installation.pool.query<{ agent: string }>(
        `SELECT agent FROM agent_presence WHERE is_online AND agent IN ('diver', 'snorkeller') ORDER BY agent`,
      );
      return rows.map(({ agent }) => agent);
    };
    await until('both are there', async () => (await online()).length === 2);
    const session = await start(
      'agent: { capability: dive, prefer: [diver] }, retry: { attempts: 3, initialInterval: 1ms }',
    );
    await setLease(session, 3_000);
    const first = await taken;
    await setLease(session, 15_000);
    const second = await given;
    expect([first.attempt, second.attempt]).toEqual([1, 2]);
    expect(await online()).toEqual(['diver', 'snorkeller']);
    await other.settle('complete', second);
    expect(await endOf(session)).toBe('succeeded');
    const { rows } = await installation.pool.query(
      'SELECT attempt, agent FROM leases WHERE session = $1 ORDER BY attempt',
      [session.id],
    );
    expect(rows).toEqual([
      { attempt: 1, agent: 'diver' },
      { attempt: 2, agent: 'snorkeller' },
    ]);
  });

  it('run into the timeout of a task whatever they say', async () => {
    const agent = await register('slow');
    const session = await start('agent: slow, timeout: 300ms, retry: { attempts: 1 }');
    const work = await agent.claim();
    await until('it is stopped', async () => {
      const { body } = await agent.beat(work);
      return JSON.stringify(body).includes('"reason":"gone"');
    });
    expect(await endOf(session)).toBe('failed');
    const { rows } = await installation.pool.query('SELECT verdict FROM outcomes WHERE session = $1', [session.id]);
    expect(rows).toEqual([{ verdict: 'timed_out' }]);
  });

  it('are not chosen while they are offline; their tasks say so, and start when one comes', async () => {
    await register('away', {
      capabilities: [{ name: 'sing', proficiency: 1, technologies: [] }],
    });
    const session = await start('agent: { capability: sing }');
    await until('it waits', async () => (await session.overview()).status === 'waiting');
    expect((await session.runs())[0]).toMatchObject({
      reason: 'capacity',
      waitsFor: 'All that meet the requirement are offline: away (never seen).',
    });
    const there = await register('there', {
      capabilities: [{ name: 'sing', proficiency: 0.2, technologies: [] }],
    });
    await there.settle('complete', await there.claim());
    expect(await endOf(session)).toBe('succeeded');
    expect((await session.runs())[0]).toMatchObject({ agent: 'there', attempts: 1 });
  });

  it('give back what they were offered and went away from, at no cost of a try, and what waited for them goes elsewhere', async () => {
    const capabilities = [{ name: 'dance', proficiency: 1, technologies: [] }];
    // While a socket is open, its agent is there.
    const gone = await registerRemote(installation, api, 'gone', { capabilities });
    await gone.post('claim', { claimId: 'hello' });
    const online = (name: string) => async (): Promise<boolean> =>
      (await installation.pool.query('SELECT FROM agent_presence WHERE agent = $1 AND is_online', [name])).rowCount ===
      1;
    await until('it is online', online('gone'));
    const session = await start('agent: { capability: dance }, forEach: [1, 2], retry: { attempts: 1 }');
    await until('one item is offered, and the other waits', async () => {
      const { rowCount } = await installation.pool.query('SELECT FROM remote_work WHERE session = $1', [session.id]);
      return rowCount === 1 && (await installation.routing.line('default', 10)).length === 1;
    });
    const present = await register('present', { capabilities });
    const coming = present.claim();
    await installation.pool.query(`UPDATE agent_presence SET seen_at = now() - interval '1 hour' WHERE agent = 'gone'`);
    await present.settle('complete', await coming);
    await present.settle('complete', await present.claim());
    expect(await endOf(session)).toBe('succeeded');
    const given = (await session.runs()).filter(({ run }) => run !== 'work');
    // What was offered was given to another once; what waited came to it at once.
    expect(given.map(({ agent, attempts }) => [agent, attempts])).toEqual([
      ['present', 2],
      ['present', 1],
    ]);
    const events = await installation.breakers.events({ workspace: 'default', name: 'gone' }, 10);
    expect(events.map(({ kind }) => kind)).toEqual(['offline', 'online']);
  });
});
