import { setTimeout as wait } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { healthQueue } from '../../src/contracts/protocol/queues';
import { createRandom } from '../../src/domain/random';
import { CrashRig } from '../helpers/e2e/crash-rig';
import { until } from '../helpers/until';
import { startReceiver } from '../helpers/webhooks/receiver';
import type { Receiver } from '../helpers/webhooks/receiver';
import { queueRule } from '../unit/alerts/rules';

const seed = process.env['ALERTS_SEED'] ?? String(Math.floor(Math.random() * 2 ** 31));
console.log(`moments at which the health worker is killed: ALERTS_SEED=${seed}`);

const workspace = 'default';
const secret = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
const kills = 4;

let rig: CrashRig;
let receiver: Receiver;

beforeEach(async () => {
  receiver = await startReceiver();
  rig = await CrashRig.open({
    environment: {
      ORCHESTRA_HEALTH_INTERVAL_MS: '1000',
      ORCHESTRA_PRIVATE_WEBHOOKS: 'allow',
      ORCHESTRA_SECRET_KEYS: `k1:${Buffer.alloc(32, 5).toString('base64')}`,
    },
  });
});
afterEach(async () => {
  const { temporal, configuration } = rig.installation;
  await temporal.schedule
    .getHandle(healthQueue(configuration.taskQueue))
    .delete()
    .catch(() => undefined);
  await rig.close();
  await receiver.close();
});

/** So many failures, which cost so much each. */
async function storeAttempts(session: string, count: number, costUsd: number): Promise<void> {
  await rig.installation.pool.query(
    `INSERT INTO outcomes (workspace, session, run, attempt, plan_name, task, agent, token, verdict, retryable, ended_at, evidence, cost_usd)
     SELECT $1, $2, 'task', n, 'plan', 'task', 'ada', 0, 'failed', true, now(), '[]', $4 FROM generate_series(1, $3) AS n`,
    [workspace, session, count, costUsd],
  );
}

it('tells receivers of every change at least once and under one id, however often the health worker is killed', async () => {
  const { alerts, webhooks } = rig.installation;
  await webhooks.set({ workspace, name: 'team', url: receiver.url, secret });
  const rule = { ...queueRule, raiseAfter: 1, clearAfter: 1, raiseAt: 10e6, clearAt: 5e6, agent: 'ada' };
  await alerts.set(workspace, { ...rule, name: 'dear', metric: 'cost-per-task' });
  await rig.startWorker(['sessions']);
  let worker = await rig.startWorker(['health']);
  const random = createRandom(seed);
  const raisedOf = async (): Promise<boolean> => (await alerts.list(workspace))[0]?.isRaised ?? false;

  for (let kill = 0; kill < kills; kill++) {
    // Nobody takes it while the worker is killed; then the receiver is back.
    receiver.answer(kill % 2 === 0 ? 503 : 204);
    const isDear = kill % 2 === 0;
    await rig.installation.pool.query('DELETE FROM outcomes');
    await storeAttempts(`round-${kill}`, 10, isDear ? 5 : 0.1);
    await wait(random() * 2_000);
    await worker.kill();
    worker = await rig.startWorker(['health']);
    await until('the change was seen', async () => (await raisedOf()) === isDear);
  }

  receiver.answer(204);
  await rig.installation.pool.query('UPDATE alert_deliveries SET next_at = now() WHERE delivered_at IS NULL');
  await until('all is delivered', async () => {
    const all = (await alerts.history(workspace, 100)).flatMap(({ deliveries }) => deliveries);
    return all.length > 0 && all.every(({ status }) => status === 'delivered');
  });
  const history = await alerts.history(workspace, 100);
  expect(history.map(({ type }) => type).reverse()).toEqual(['raised', 'cleared', 'raised', 'cleared']);
  const verified = receiver.received.map(({ headers, body }) => {
    new Webhook(secret).verify(body, headers);
    return { id: headers['webhook-id'] ?? '', body };
  });
  expect(new Set(verified.map(({ id }) => id))).toEqual(new Set(history.map(({ id }) => id)));
  for (const { id } of history)
    expect(new Set(verified.filter((one) => one.id === id).map(({ body }) => body)).size).toBe(1);
});
