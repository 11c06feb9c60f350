import { createClient } from '../../src';
import type { Orchestra, OrchestraEvent } from '../../src';
import { startBothWays, stopBothWays } from '../helpers/sdk/both-ways';
import type { BothWays } from '../helpers/sdk/both-ways';
import { CuttingProxy } from '../helpers/sdk/cutting-proxy';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { tokenOf } from './api-client';

let installation: TestInstallation;
let ways: BothWays;
let proxy: CuttingProxy;
let far: Orchestra;

beforeAll(async () => {
  const { apiUrl, ...started } = await startBothWays();
  ({ installation, ways } = started);
  // In the middle of lines, of characters, and of events that were read in part.
  proxy = new CuttingProxy(new URL(apiUrl), (connection) => 1_500 + ((connection * 317) % 1_100));
  far = createClient({ apiUrl: await proxy.start(), token: await tokenOf(installation, 'admin') });
});
afterAll(async () => {
  await far.close();
  proxy.stop();
  await stopBothWays({ installation, ways });
});

const eventsOf = async (client: Orchestra, session: string): Promise<OrchestraEvent[]> => {
  const events: OrchestraEvent[] = [];
  for await (const event of client.sessions.handle(session).events()) events.push(event);
  return events;
};

test('who follows a session through a connection that is cut again and again sees each event once, in order', async () => {
  const plan = {
    version: 1,
    name: 'long',
    agents: { ada: { connector: 'simulated', latency: '5ms' } },
    tasks: { each: { agent: 'ada', forEach: [...Array(60).keys()] } },
  };
  const { id } = await ways.http.sessions.run(plan, { id: 'long' });
  const [seen, whole] = await Promise.all([eventsOf(far, id), eventsOf(ways.direct, id)]);
  expect(seen).toEqual(whole);
  expect(seen.filter(({ type }) => type === 'attempt-ended')).toHaveLength(60);
  expect(seen.at(-1)?.type).toBe('session-ended');
  expect(proxy.cuts).toBeGreaterThan(10);
});
