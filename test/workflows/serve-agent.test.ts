import { once } from 'node:events';
import { serveAgent, serveFunction, WorkFailure } from '../../src';
import type { AgentWork, ServedAgent, WorkContext } from '../../src';
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
  const served: ServedAgent[] = [];

  beforeAll(async () => {
    installation = await openTestInstallation({
      ORCHESTRA_CONTINUE_AFTER_EVENTS: '50',
      // Nothing but one test is about leases.
      ORCHESTRA_LEASE_MS: '60000',
    });
    [api] = await Promise.all([installation.startApi(), installation.startWorkers()]);
  });
  afterAll(async () => {
    await Promise.all(served.map((agent) => agent.stop({ drainMs: 0 })));
    await installation.close();
  });

  const register = (name: string, parts: Partial<AgentDefinition> = {}): Promise<RemoteAgentClient> =>
    registerRemote(installation, api, name, parts, transport);

  type Session = Awaited<ReturnType<TestInstallation['start']>>;
  type Run = (work: AgentWork, context: WorkContext) => unknown;

  const serve = async (name: string, run: Run, concurrency = 1): Promise<ServedAgent> => {
    const { token } = await register(name, { maxConcurrent: 100 });
    const agent = serveAgent({ transport, url: api.url, token, agent: name, concurrency, run });
    served.push(agent);
    return agent;
  };

  const start = (task: string): Promise<Session> =>
    installation.start(`version: 1\nname: p\ntasks: { work: { ${task} } }\n`);

  const endOf = async (session: Session): Promise<string> => (await session.result()).status;

  /** Work that goes on until the test lets it end. */
  function controlled(): {
    run: Run;
    works: (AgentWork & { context: WorkContext })[];
    finish: (output: unknown) => void;
  } {
    const works: (AgentWork & { context: WorkContext })[] = [];
    let finish: (output: unknown) => void = () => undefined;
    const ended = new Promise((resolve) => (finish = resolve));
    const run: Run = (work, context) => {
      works.push({ ...work, context });
      return Promise.race([
        ended,
        once(context.signal, 'abort').then(() => Promise.reject(new Error(String(context.signal.reason)))),
      ]);
    };
    return { run, works, finish };
  }

  it('does work, says how far it is and what it used, and hands the output over', async () => {
    await serve('steady', ({ prompt }, { progress, used }) => {
      progress({ percent: 50, message: 'half' });
      used({ tokens: 3, costUsd: 0.25 });
      return { said: prompt };
    });
    const session = await start('agent: steady, prompt: Hello');
    expect(await endOf(session)).toBe('succeeded');
    expect((await session.outputs()).get('work')).toEqual({ said: 'Hello' });
    const { rows } = await installation.pool.query('SELECT tokens, cost_usd FROM outcomes WHERE session = $1', [
      session.id,
    ]);
    expect(rows).toEqual([{ tokens: 3, cost_usd: '0.250000' }]);
  });

  it('calls a function of this program', async () => {
    const { token } = await register('adder', { connector: { connector: 'function' } });
    served.push(
      serveFunction<{ a: number; b: number }>({ transport, url: api.url, token, agent: 'adder' }, ({ a, b }) => ({
        sum: a + b,
      })),
    );
    const session = await start('agent: adder, input: { a: 1, b: 2 }');
    expect(await endOf(session)).toBe('succeeded');
    expect((await session.outputs()).get('work')).toEqual({ sum: 3 });
  });

  it('says why it failed', async () => {
    await serve('broken', () => {
      throw new WorkFailure('no disk', { retryable: false });
    });
    const session = await start('agent: broken');
    expect(await endOf(session)).toBe('failed');
    expect((await session.runs())[0]).toMatchObject({ error: 'no disk', attempts: 1 });
  });

  it('keeps what it does for longer than a lease, and stops it when it is cancelled', async () => {
    const { run, works } = controlled();
    const { token } = await register('patient');
    const session = await start('agent: patient, retry: { attempts: 1 }');
    await installation.pool.query(`UPDATE sessions SET settings = settings || '{"leaseMs": 6000}' WHERE id = $1`, [
      session.id,
    ]);
    served.push(serveAgent({ transport, url: api.url, token, agent: 'patient', run }));
    await until('it works', () => works.length === 1);
    const { rows } = await installation.pool.query<{ at: Date }>(
      'SELECT expires_at AS at FROM leases WHERE session = $1',
      [session.id],
    );
    await until('the lease has been extended twice', async () => {
      const now = await installation.pool.query<{ at: Date }>(
        'SELECT expires_at AS at FROM leases WHERE session = $1',
        [session.id],
      );
      return Number(now.rows[0]?.at) - Number(rows[0]?.at) > 3_000;
    });
    await session.cancel();
    await until('it is stopped', () => works[0]?.context.signal.reason === 'cancelled');
    expect(await endOf(session)).toBe('cancelled');
  });

  it('goes on while the API is away', async () => {
    const own = await installation.startApi();
    const { token } = await registerRemote(installation, own, 'sturdy', {}, transport);
    const { run, works, finish } = controlled();
    served.push(serveAgent({ transport, url: own.url, token, agent: 'sturdy', run }));
    const session = await start('agent: sturdy, retry: { attempts: 1 }');
    await until('it works', () => works.length === 1);
    await own.close();
    finish('done');
    await installation.startApi(Number(new URL(own.url).port));
    expect(await endOf(session)).toBe('succeeded');
    expect((await session.outputs()).get('work')).toBe('done');
  });

  it('works on while its session continues as new, and its result is taken in', async () => {
    const { run, works, finish } = controlled();
    await serve('lasting', run, 2);
    const session = await start('agent: lasting, retry: { attempts: 1 }');
    await until('it works', () => works.length === 1);
    const handle = installation.temporal.workflow.getHandle(session.workflowId);
    const { runId } = await handle.describe();
    await until('the session has continued as new', async () => {
      await session.pause();
      await session.resume();
      return (await handle.describe()).runId !== runId;
    });
    finish('all the same');
    expect(await endOf(session)).toBe('succeeded');
    expect(works).toHaveLength(1);
    expect((await session.outputs()).get('work')).toBe('all the same');
  });

  it('is offered once what nobody had claimed when its session continued as new', async () => {
    const offline = await register('late');
    await offline.post('claim', { claimId: 'hello' });
    await until('it is online', async () => {
      const { rowCount } = await installation.pool.query(
        `SELECT FROM agent_presence WHERE agent = 'late' AND is_online`,
      );
      return rowCount === 1;
    });
    const session = await start('agent: late, retry: { attempts: 1 }');
    const handle = installation.temporal.workflow.getHandle(session.workflowId);
    const { runId } = await handle.describe();
    await until('the session has continued as new', async () => {
      await session.pause();
      await session.resume();
      return (await handle.describe()).runId !== runId;
    });
    await offline.settle('complete', await offline.claim(), { output: 1 });
    expect(await endOf(session)).toBe('succeeded');
    const { rows } = await installation.pool.query('SELECT attempt FROM outcomes WHERE session = $1', [session.id]);
    expect(rows).toHaveLength(1);
  });

  it('finishes what it does when it is stopped, and hands back what takes too long', async () => {
    const quick = controlled();
    const agent = await serve('drained', quick.run);
    const session = await start('agent: drained, retry: { attempts: 1 }');
    await until('it works', () => quick.works.length === 1);
    const stopped = agent.stop({ drainMs: 60_000 });
    quick.finish('in time');
    await stopped;
    expect(await endOf(session)).toBe('succeeded');

    const slow = controlled();
    const leaving = await serve('leaver', slow.run);
    const other = await start('agent: leaver, retry: { attempts: 1 }');
    await until('it works', () => slow.works.length === 1);
    await leaving.stop({ drainMs: 0 });
    const { rows } = await installation.pool.query('SELECT verdict FROM outcomes WHERE session = $1', [other.id]);
    expect(rows).toEqual([{ verdict: 'cancelled' }]);
    await other.cancel();
    expect(await endOf(other)).toBe('cancelled');
  });

  it('ends where its token is refused', async () => {
    const agent = serveAgent({ transport, url: api.url, token: 'orc_agent_none', agent: 'nobody', run: () => null });
    await expect(agent.ended).rejects.toMatchObject({ status: 401, code: 'TOKEN_INVALID' });
  });
});
