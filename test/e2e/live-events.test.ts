import { createRandom } from '../../src/domain/random';
import { ApiProcess } from '../helpers/events/api-process';
import { writeEvents } from '../helpers/events/event-writers';
import { subscribe } from '../helpers/events/sse-client';
import type { SseConnection } from '../helpers/events/sse-client';
import { ownPort } from '../helpers/own-ports';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { tokenOf } from '../api/api-client';

/** `npm run test:events` takes 100,000. */
const count = Number(process.env['ORCHESTRA_EVENTS_COUNT'] ?? 5_000);
const seed = process.env['ORCHESTRA_EVENTS_SEED'] ?? 'events';
const kills = 5;
const cuts = 25;

let installation: TestInstallation;
let api: ApiProcess;

beforeAll(async () => {
  installation = await openTestInstallation();
  const { databaseUrl, temporal } = installation.addresses;
  api = new ApiProcess(ownPort(), {
    DATABASE_URL: databaseUrl,
    ORCHESTRA_TEMPORAL_ADDRESS: temporal.connectionOptions.address,
    ORCHESTRA_TASK_QUEUE: installation.configuration.taskQueue,
    ORCHESTRA_SECRET_KEYS: `test:${'A'.repeat(43)}=`,
  });
  await api.start();
});
afterAll(async () => {
  await api.kill();
  await installation.close();
});

/** A client that connects again with the id of the last event whenever it is cut off. */
async function followAll(token: string, from: string, trouble: Trouble): Promise<string[]> {
  const seen: string[] = [];
  let lastId = from;
  let connections = 0;
  while (seen.length < count) {
    let connection: SseConnection;
    try {
      connection = await subscribe(api.url, token, '', {
        lastEventId: lastId,
        onEvent: ({ id }, cut) => {
          seen.push(id);
          lastId = id;
          trouble(seen.length, cut);
          if (seen.length >= count) cut();
        },
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      // It is being started again.
      await new Promise((resolve) => setTimeout(resolve, 50));
      continue;
    }
    connections += 1;
    await connection.ended;
  }
  expect(connections).toBeGreaterThanOrEqual(cuts);
  return seen;
}

/** Events after which something happens. */
function someOf(times: number, random: () => number): Set<number> {
  const chosen = new Set<number>();
  while (chosen.size < times) chosen.add(1 + Math.floor(random() * (count - 1)));
  return chosen;
}

type Trouble = (seen: number, cut: () => void) => void;

const tenMinutesMs = 600_000;

it(
  `gives each of ${count} events of several writers once and in order, though the API is killed and connections are cut`,
  async () => {
    const random = createRandom(seed);
    const token = await tokenOf(installation, 'viewer');
    const cutAt = someOf(cuts, random);
    const killAt = someOf(kills, random);
    let killed = 0;
    let restarted = Promise.resolve();
    const first = await subscribe(api.url, token);
    await until('it is ready', () => first.ready() !== undefined);
    first.cut();
    const writers = await writeEvents(installation.addresses.databaseUrl, 'default', { count, random });
    const following = followAll(token, first.ready() ?? '', (seen, cut) => {
      if (cutAt.has(seen)) cut();
      if (!killAt.has(seen)) return;
      killed += 1;
      restarted = restarted.then(() => api.kill()).then(() => api.start());
    });
    const [seen] = await Promise.all([following, writers.written]);
    await restarted;
    await writers.stop();
    const { rows } = await installation.pool.query<{ nr: number }>(
      `SELECT nr FROM session_events WHERE workspace = 'default'
       UNION ALL SELECT nr FROM workspace_events WHERE workspace = 'default' ORDER BY nr`,
    );
    expect(rows).toHaveLength(count);
    expect(killed).toBe(killAt.size);
    expect(seen.join()).toBe(rows.map(({ nr }) => nr).join());
  },
  tenMinutesMs,
);
