import { eventIds } from '../../src/contracts/protocol/ids';
import { sessionMessages } from '../../src/contracts/protocol/session';
import type { SessionEvent } from '../../src/domain/session/events';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { startControlledAgent } from './controlled-agent';
import type { ControlledAgent } from './controlled-agent';

let installation: TestInstallation;
let agent: ControlledAgent;

beforeAll(async () => {
  [installation, agent] = await Promise.all([
    openTestInstallation({ ORCHESTRA_CONTINUE_AFTER_EVENTS: '1000', ORCHESTRA_LEASE_MS: '60000' }),
    startControlledAgent(),
  ]);
  await installation.startWorkers();
});
afterAll(async () => {
  await agent.close();
  await installation.close();
});

it('takes 2,000 signals, each event once, and none in a run that grows without bounds', async () => {
  const session = await installation.start(`
version: 1
name: flooded
agents: { remote: { connector: http, url: "${agent.url}" } }
tasks: { long: { agent: remote } }
`);
  await agent.arrival('long', 1, session.id);
  const handle = installation.temporal.workflow.getHandle(session.workflowId);
  // Half of them news of attempts that do not exist, a quarter of them repeated.
  const flood = Array.from({ length: 2_000 }, (_, at): SessionEvent => {
    const nth = at % 1_500;
    if (nth % 2 === 0) return { id: `flood-${nth}`, type: 'resume-requested' };
    return { id: eventIds.attemptLost('long', nth + 10), type: 'attempt-lost', run: 'long', attempt: nth + 10 };
  });
  for (let from = 0; from < flood.length; from += 100) {
    const some = flood.slice(from, from + 100);
    await Promise.all(some.map((event) => handle.signal<[SessionEvent[]]>(sessionMessages.events, [event])));
  }
  await agent.answer('long', { session: session.id });
  expect(await session.result()).toMatchObject({ status: 'succeeded' });
  // The session has ended with its only attempt; the workflow takes in first what has come before.
  await handle.result();
  const { rows } = await installation.pool.query(
    `SELECT count(*), count(DISTINCT event_id) AS events FROM session_events WHERE session = $1 AND event_id LIKE 'flood-%'`,
    [session.id],
  );
  expect(rows).toEqual([{ count: 750, events: 750 }]);
  expect(agent.visits).toHaveLength(1);
  expect((await handle.describe()).historyLength).toBeLessThan(4_500);
});
