import type { SessionHandle } from '../../src/client/session-handle';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import type { ControlledAgent } from './controlled-agent';
import { openWithAgent } from './open-with-agent';

let installation: TestInstallation;
let agent: ControlledAgent;
let close: () => Promise<void>;
beforeAll(async () => ({ installation, agent, close } = await openWithAgent()));
afterAll(() => close());

const steps = 150;
/** More than may take their time. */
const sessions = 36;

/** A first task that waits for the test, and a long chain of short ones behind it. */
const chatty = (): string => `
version: 1
name: chatty
agents:
  signal: { connector: http, url: "${agent.url}" }
  quick: { connector: simulated, latency: 20ms, inline: true }
tasks:
  t0: { agent: signal }
${Array.from({ length: steps }, (_, at) => `  t${at + 1}: { needs: [t${at}], agent: quick }`).join('\n')}
`;

const brief =
  '{ version: 1, name: brief, agents: { quick: { connector: simulated, inline: true } }, tasks: { only: { agent: quick } } }';

it('sessions with many short tasks keep neither each other nor newcomers waiting', async () => {
  const crowd: SessionHandle[] = [];
  while (crowd.length < sessions) crowd.push(await installation.start(chatty()));
  await until('all of them are ready to go', () => agent.visits.length === sessions);
  agent.answerAll(0);
  const newcomer = await installation.start(brief);
  expect(await newcomer.result()).toMatchObject({ status: 'succeeded' });
  const { rows } = await installation.pool.query<{ done: number }>(
    `SELECT count(*) FILTER (WHERE ended_at IS NOT NULL)::int AS done FROM sessions WHERE plan_name = 'chatty'`,
  );
  // It was there and back before any of those had come to its end that began before it.
  expect(rows).toEqual([{ done: 0 }]);

  await until(
    'each has got somewhere',
    async () => {
      const found = await installation.pool.query<{ least: number }>(
        `SELECT min(done)::int AS least FROM (SELECT count(*) AS done FROM outcomes JOIN sessions ON sessions.id = outcomes.session
         WHERE sessions.plan_name = 'chatty' GROUP BY session) AS counted`,
      );
      return (found.rows[0]?.least ?? 0) > 5;
    },
    240_000,
  );
  await Promise.all(crowd.map((session) => session.cancel()));
  const results = await Promise.all(crowd.map((session) => session.result()));
  expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['cancelled']));
}, 600_000);
