import { randomBytes } from 'node:crypto';
import { Registry } from 'prom-client';
import { createOperationsReader } from '../../src/stores/operations';
import { addInstallationMetrics } from '../../src/telemetry/installation-metrics';
import { ApiClient, tokenOf } from '../api/api-client';
import { definitionOf } from '../helpers/agent-definitions';
import { samplesOf } from '../helpers/samples';
import type { Samples } from '../helpers/samples';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { startControlledAgent } from './controlled-agent';
import type { ControlledAgent } from './controlled-agent';

let installation: TestInstallation;
let agent: ControlledAgent;

beforeAll(async () => {
  const keys = { ORCHESTRA_SECRET_KEYS: `test:${randomBytes(32).toString('base64')}` };
  [installation, agent] = await Promise.all([openTestInstallation(keys), startControlledAgent()]);
  await installation.startWorkers();
  await installation.agents.add('default', [
    definitionOf('coder', {
      type: 'codex',
      connector: { connector: 'http', url: agent.url, headers: {} },
      capabilities: [{ name: 'coding', proficiency: 1, technologies: [] }],
      maxConcurrent: 1,
    }),
  ]);
});
afterAll(async () => {
  await agent.close();
  await installation.close();
});

const measured = async (): Promise<Samples> => samplesOf(await installation.telemetry.metrics.registry.metrics());

/** How much the samples grew while the work was done. What it came to is seen a moment before it is counted: `last` is what is counted last. */
async function growth(last: string, work: () => Promise<void>): Promise<(sample: string) => number> {
  const before = await measured();
  let after = before;
  const grew = (sample: string): number => (after.get(sample) ?? 0) - (before.get(sample) ?? 0);
  await work();
  await until('all is counted', async () => {
    after = await measured();
    return grew(last) > 0;
  });
  return grew;
}

const plan = `
version: 1
name: measured
agents:
  quick: { connector: simulated }
  broken: { connector: command, command: ["false"] }
defaults: { retry: { attempts: 2, initialInterval: 1ms }, onFailure: continue }
tasks:
  good: { agent: quick }
  coded: { agent: { capability: coding } }
  bad: { agent: broken }
  never: { needs: [good], if: "false", agent: quick }
`;

it('counts what turns give to agents, how it ends, and how long it took', async () => {
  const ended = 'orchestra_session_completion_seconds_count{status="partially_succeeded"}';
  const grew = await growth(ended, async () => {
    const session = await installation.start(plan);
    await agent.answer('coded', { session: session.id });
    expect((await session.result()).status).toBe('partially_succeeded');
  });
  expect(grew('orchestra_sessions_started_total')).toBe(1);
  expect(grew('orchestra_sessions_total{status="partially_succeeded"}')).toBe(1);
  expect(grew(ended)).toBe(1);
  expect(grew('orchestra_tasks_distributed_total{agent_type="simulated"}')).toBe(1);
  expect(grew('orchestra_tasks_distributed_total{agent_type="codex"}')).toBe(1);
  expect(grew('orchestra_tasks_distributed_total{agent_type="command"}')).toBe(2);
  // Of a run, and not of its second attempt.
  expect(grew('orchestra_task_distribution_duration_seconds_count{agent_type="command"}')).toBe(1);
  expect(grew('orchestra_task_distribution_duration_seconds_count{agent_type="codex"}')).toBe(1);
  expect(grew('orchestra_agent_tasks_total{agent_type="simulated",verdict="succeeded"}')).toBe(1);
  expect(grew('orchestra_agent_tasks_total{agent_type="codex",verdict="succeeded"}')).toBe(1);
  expect(grew('orchestra_agent_tasks_total{agent_type="command",verdict="failed"}')).toBe(2);
  expect(grew('orchestra_agent_response_seconds_count{agent_type="command"}')).toBe(2);
  expect(grew('orchestra_agent_response_seconds_count{agent_type="codex"}')).toBe(1);
  expect(grew('orchestra_connector_attempts_total{connector="command",result="failed"}')).toBe(2);
  expect(grew('orchestra_connector_attempts_total{connector="http",result="succeeded"}')).toBe(1);
  expect(grew('orchestra_tasks_total{status="succeeded"}')).toBe(2);
  expect(grew('orchestra_tasks_total{status="failed"}')).toBe(1);
  expect(grew('orchestra_tasks_total{status="skipped"}')).toBe(1);
  expect(grew('orchestra_task_completion_seconds_count{status="succeeded"}')).toBe(2);
  expect(grew('orchestra_task_completion_seconds_count{status="skipped"}')).toBe(0);
  expect(grew('orchestra_turn_duration_seconds_count')).toBeGreaterThanOrEqual(3);
  expect(grew('orchestra_routing_duration_seconds_count')).toBe(1);
  expect(grew('orchestra_routing_cache_requests_total{result="hit"}')).toBeGreaterThan(0);
  // Two of four attempts failed.
  expect((await measured()).get('orchestra_success_ratio')).toBe(0.5);
});

it('times what the API answers, by route and not by path', async () => {
  const { url } = await installation.startApi();
  const client = new ApiClient(url, await tokenOf(installation, 'viewer'));
  const sample = (route: string, status: number): string =>
    `orchestra_http_request_duration_seconds_count{method="GET",route="${route}",status="${status}"}`;
  const grew = await growth(sample('/v1/sessions', 401), async () => {
    await client.get('/v1/sessions/nobody-knows-it');
    await client.get('/v1/sessions');
    await fetch(`${url}/v1/sessions`);
  });
  const of = (route: string, status: number): number => grew(sample(route, status));
  expect([of('/v1/sessions/:session', 404), of('/v1/sessions', 200), of('/v1/sessions', 401)]).toEqual([1, 1, 1]);
});

describe('of the whole installation', () => {
  let asked = 0;
  const registry = new Registry();
  const read = async (): Promise<Samples> => samplesOf(await registry.metrics());

  beforeAll(() => {
    // Each scrape is long after the one before.
    addInstallationMetrics(registry, createOperationsReader(installation.pool), () => (asked += 60_000));
  });

  it('says what waits and what is open', async () => {
    const text =
      'version: 1\nname: wait\ntasks: { one: { agent: { capability: coding } }, two: { agent: { capability: coding } } }\n';
    const session = await installation.start(text);
    await agent.arrival('one', 1, session.id);
    await until('the other waits', async () => (await read()).get('orchestra_queue_depth{reason="agent"}') === 1);
    const waiting = await read();
    expect(waiting.get('orchestra_sessions_open')).toBe(1);
    expect(waiting.get('orchestra_attempts_open')).toBe(1);
    expect(waiting.get('orchestra_queue_oldest_seconds{reason="agent"}')).toBeGreaterThan(0);
    expect(waiting.get('orchestra_queue_depth{reason="budget"}')).toBe(0);
    await agent.answer('one', { session: session.id });
    await agent.answer('two', { session: session.id });
    await session.result();
    const after = await read();
    expect(after.get('orchestra_queue_depth{reason="agent"}')).toBe(0);
    expect(after.get('orchestra_sessions_open')).toBe(0);
    expect(after.get('orchestra_attempts_open')).toBe(0);
    // Nobody learns here.
    expect(after.get('orchestra_outcomes_unlearned')).toBe(3);
  });

  it('says how far budgets are used up', async () => {
    await installation.client.budgets.setLimits('month', [{ unit: 'attempts', limit: 50 }]);
    const labels = '{workspace="default",period="month",unit="attempts"}';
    const before = (await read()).get(`orchestra_budget_used${labels}`) ?? NaN;
    expect((await read()).get(`orchestra_budget_limit${labels}`)).toBe(50);
    const session = await installation.start(
      'version: 1\nname: b\nagents: { q: { connector: simulated } }\ntasks: { t: { agent: q } }\n',
    );
    await session.result();
    expect((await read()).get(`orchestra_budget_used${labels}`)).toBe(before + 1);
  });

  it('says nothing while the database is away, and does not fail', async () => {
    const away = new Registry();
    addInstallationMetrics(away, { read: () => Promise.reject(new Error('away')) });
    expect(samplesOf(await away.metrics()).size).toBe(0);
  });
});
