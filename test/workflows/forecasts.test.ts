import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';

let installation: TestInstallation;

beforeEach(async () => {
  installation = await openTestInstallation({ ORCHESTRA_LEARNING_INTERVAL_MS: '1000' });
});
afterEach(() => installation.close());

it('has a forecast of a session that runs, made by the learning worker, which its handle tells', async () => {
  await installation.startWorkers(['sessions', 'agents', 'learning']);
  const session = await installation.start(`version: 1
name: slow
agents: { worker: { connector: simulated, latency: 10m } }
tasks:
  first: { agent: worker, timeout: 1h }
`);
  await until('it is forecast', async () => (await session.overview()).forecast !== null);
  expect(await session.overview()).toMatchObject({
    forecast: { p50: null, reason: 'not enough data yet: fewer than 3 successes of first are measured' },
  });
  await session.cancel();
  await session.result();
});
