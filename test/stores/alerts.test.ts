import { deliverAlerts } from '../../src/activities/alerts/deliver-alerts';
import type { AlertStore } from '../../src/contracts/ports/alert-store';
import type { WebhookMessages } from '../../src/contracts/ports/webhook-messages';
import type { Delivery, WebhookStore } from '../../src/contracts/ports/webhook-store';
import type { DeliveryAnswer } from '../../src/domain/alerts/delivery';
import type { AlertRule } from '../../src/domain/alerts/alert-rule';
import { createSecretCipher } from '../../src/main/secret-cipher';
import { createAlertStore } from '../../src/stores/alerts';
import { createHealthStore } from '../../src/stores/health';
import { createWebhookMessages } from '../../src/stores/webhook-messages';
import { createWebhookStore } from '../../src/stores/webhooks';
import { queueRule } from '../unit/alerts/rules';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
let alerts: AlertStore;
let webhooks: WebhookStore;
let receivers: WebhookMessages;

const cipher = createSecretCipher(() => [{ id: 'k1', key: Buffer.alloc(32, 1) }]);
const secret = 'whsec_c2VjcmV0';
const rule: AlertRule = { ...queueRule, raiseAfter: 1, clearAfter: 1 };

beforeAll(async () => {
  stores = await openTestStores();
  alerts = createAlertStore(stores.pool);
  webhooks = createWebhookStore(stores.pool, cipher);
  receivers = createWebhookMessages(stores.pool, cipher);
});
afterEach(() => stores.pool.query('DELETE FROM webhooks'));
afterAll(() => stores.close());

let names = 0;
const fresh = (): string => `workspace-${++names}`;

/** One sweep in which all rules of the workspace measure the value. */
async function swept(workspace: string, id: string, value: number | null, at = Date.now()) {
  const rules = await alerts.list(workspace);
  return alerts.judge(workspace, { id, at }, new Map(rules.map((one) => [one.id, value])));
}

const addWebhook = (workspace: string, name: string): Promise<void> =>
  webhooks.set({ workspace, name, url: `http://${name}.example`, secret });

/** Sends what is due, and tells what was sent. */
async function sent(answer: DeliveryAnswer | ((delivery: Delivery) => DeliveryAnswer)): Promise<Delivery[]> {
  const all: Delivery[] = [];
  await deliverAlerts({
    webhooks,
    send: async (delivery) => {
      all.push(delivery);
      return typeof answer === 'function' ? answer(delivery) : answer;
    },
  });
  return all;
}

const makeDue = (): Promise<unknown> =>
  stores.pool.query(`UPDATE alert_deliveries SET next_at = now() - interval '1 second'`);

describe('a rule', () => {
  it('is raised and cleared by sweeps, each taken in once, and never by an older one', async () => {
    const workspace = fresh();
    await alerts.set(workspace, { ...rule, raiseAfter: 2 });
    const now = Date.now();
    expect(await swept(workspace, 'one', 101, now)).toEqual([]);
    expect(await swept(workspace, 'one', 101, now)).toEqual([]);
    expect(await swept(workspace, 'old', 101, now - 1)).toEqual([]);
    expect(await alerts.list(workspace)).toMatchObject([{ isRaised: false, value: 101 }]);
    expect(await swept(workspace, 'two', 102, now + 1)).toMatchObject([{ type: 'raised', value: 102 }]);
    expect(await swept(workspace, 'two', 102, now + 1)).toEqual([]);
    expect(await swept(workspace, 'three', 10, now + 2)).toMatchObject([{ type: 'cleared', value: 10 }]);
    expect((await alerts.history(workspace, 10)).map(({ type }) => type)).toEqual(['cleared', 'raised']);
  });

  it('is raised once by sweeps at the same time', async () => {
    const workspace = fresh();
    await alerts.set(workspace, rule);
    const now = Date.now();
    const raised = await Promise.all([1, 2, 3, 4].map((n) => swept(workspace, `sweep ${n}`, 101, now + n)));
    expect(raised.flat()).toHaveLength(1);
  });

  it('begins anew where it is set again, and is of one workspace', async () => {
    const [workspace, other] = [fresh(), fresh()];
    await alerts.set(workspace, rule);
    await alerts.set(other, rule);
    await swept(workspace, 'one', 101);
    await alerts.set(workspace, { ...rule, raiseAt: 200 });
    expect(await alerts.list(workspace)).toMatchObject([{ rule: { raiseAt: 200 }, isRaised: false, value: null }]);
    expect(await alerts.history(other, 10)).toEqual([]);
    await alerts.remove(workspace, rule.name);
    expect(await alerts.list(workspace)).toEqual([]);
    expect(await alerts.list(other)).toHaveLength(1);
    await expect(alerts.remove(other, 'waitin')).rejects.toThrow(
      'There is no alert "waitin" (did you mean "waiting"?)',
    );
  });

  it('is told again while it is raised, until somebody acknowledges it', async () => {
    const workspace = fresh();
    await addWebhook(workspace, 'a');
    await alerts.set(workspace, { ...rule, repeatMs: 60_000 });
    const now = Date.now();
    const after = (minutes: number, value = 101) => swept(workspace, `sweep ${minutes}`, value, now + minutes * 60_000);
    await expect(alerts.acknowledge(workspace, rule.name, { by: 'ada' })).rejects.toMatchObject({
      code: 'ALERT_NOT_RAISED',
    });
    expect(await after(0)).toMatchObject([{ type: 'raised' }]);
    expect(await after(0.5)).toEqual([]);
    expect(await after(1)).toMatchObject([{ type: 'repeated', value: 101 }]);
    expect(await after(1)).toEqual([]);
    const seen = await alerts.acknowledge(workspace, rule.name, { by: 'ada', note: 'new agents come' });
    expect(seen).toMatchObject({ isRaised: true, acknowledged: { by: 'ada', note: 'new agents come' } });
    expect(await alerts.list(workspace)).toEqual([seen]);
    expect(await after(5)).toEqual([]);
    expect(await alerts.list(workspace)).toEqual([seen]);
    expect(await after(6, 0)).toMatchObject([{ type: 'cleared' }]);
    expect(await alerts.list(workspace)).toMatchObject([{ isRaised: false, acknowledged: null }]);
    expect(await after(7)).toMatchObject([{ type: 'raised' }]);
    expect(await after(8)).toMatchObject([{ type: 'repeated' }]);
    const told = (await sent({ status: 200 })).map(({ event }) => event.type);
    expect(told.sort()).toEqual(['cleared', 'raised', 'raised', 'repeated', 'repeated']);
    expect((await alerts.history(workspace, 10)).map(({ type, message }) => [type, message])).toContainEqual([
      'acknowledged',
      'waiting is acknowledged by ada: new agents come.',
    ]);
    const changes = (await createHealthStore(stores.pool).events(workspace, 10)).map(({ type }) => type);
    expect(changes).toEqual(['alert-raised', 'alert-cleared', 'alert-raised']);
  });

  it('is acknowledged in its workspace only, and says where there is none of that name', async () => {
    const [workspace, other] = [fresh(), fresh()];
    await alerts.set(workspace, rule);
    await swept(workspace, 'one', 101);
    await expect(alerts.acknowledge(other, rule.name, { by: 'eve' })).rejects.toMatchObject({
      code: 'ALERT_NOT_FOUND',
    });
    await expect(alerts.acknowledge(workspace, 'waitin', { by: 'ada' })).rejects.toThrow('did you mean "waiting"?');
    expect(await alerts.list(workspace)).toMatchObject([{ acknowledged: null }]);
    await alerts.acknowledge(workspace, rule.name, { by: 'ada' });
    await alerts.acknowledge(workspace, rule.name, { by: 'bob' });
    expect(await alerts.list(workspace)).toMatchObject([{ acknowledged: { by: 'bob', note: null } }]);
    await alerts.set(workspace, rule);
    expect(await alerts.list(workspace)).toMatchObject([{ isRaised: false, acknowledged: null }]);
  });

  it('leaves what happened among the changes of the health', async () => {
    const workspace = fresh();
    await alerts.set(workspace, rule);
    await swept(workspace, 'one', 101);
    expect(await createHealthStore(stores.pool).events(workspace, 10)).toMatchObject([
      { type: 'alert-raised', subject: 'waiting', from: 'calm', to: 'raised' },
    ]);
  });
});

describe('an event', () => {
  it('is sent to every receiver of its workspace, once where it is taken', async () => {
    const [workspace, other] = [fresh(), fresh()];
    await addWebhook(workspace, 'a');
    await addWebhook(workspace, 'b');
    await addWebhook(other, 'c');
    await alerts.set(workspace, rule);
    const [event] = await swept(workspace, 'one', 101);
    const deliveries = await sent({ status: 200 });
    expect(deliveries.map(({ webhook }) => webhook.name).sort()).toEqual(['a', 'b']);
    expect(deliveries).toEqual(
      expect.arrayContaining([
        { event, webhook: { workspace, name: 'a', url: 'http://a.example', secrets: [secret] } },
      ]),
    );
    await makeDue();
    expect(await sent({ status: 200 })).toEqual([]);
  });

  it('is sent again under its id, after a pause, while it is not taken', async () => {
    const workspace = fresh();
    await addWebhook(workspace, 'a');
    await alerts.set(workspace, rule);
    const [event] = await swept(workspace, 'one', 101);
    expect(await sent({ status: 500 })).toHaveLength(1);
    expect(await sent({ status: 500 })).toEqual([]);
    await makeDue();
    expect((await sent({ problem: 'ECONNREFUSED' })).map((one) => one.event.id)).toEqual([event?.id]);
    expect((await alerts.history(workspace, 1))[0]?.deliveries).toEqual([
      { webhook: 'a', tries: 2, status: 'waiting', answer: 'ECONNREFUSED' },
    ]);
  });

  it('is sent again after its pause where whoever sent it did not live to hear the answer', async () => {
    const workspace = fresh();
    await addWebhook(workspace, 'a');
    await alerts.set(workspace, rule);
    const [event] = await swept(workspace, 'one', 101);
    expect(await webhooks.take(10)).toHaveLength(1);
    expect(await webhooks.take(10)).toEqual([]);
    await makeDue();
    expect((await webhooks.take(10)).map((one) => one.event.id)).toEqual([event?.id]);
  });

  it('is given up where its receiver is gone, or after three days', async () => {
    const workspace = fresh();
    await addWebhook(workspace, 'gone');
    await addWebhook(workspace, 'down');
    await alerts.set(workspace, rule);
    await swept(workspace, 'one', 101);
    await stores.pool.query('UPDATE alert_deliveries SET ends_at = now()');
    await sent(({ webhook }) => ({ status: webhook.name === 'gone' ? 410 : 503 }));
    const [{ deliveries } = { deliveries: [] }] = await alerts.history(workspace, 1);
    expect(deliveries.map(({ webhook, status }) => `${webhook} ${status}`)).toEqual(['down given up', 'gone given up']);
    expect((await receivers.list(workspace)).map(({ name, enabled }) => [name, enabled])).toEqual([
      ['down', true],
      ['gone', false],
    ]);
    await makeDue();
    expect(await sent({ status: 200 })).toEqual([]);
  });

  it('is signed with both secrets while one is rotated out, and then with the new one alone', async () => {
    const workspace = fresh();
    await addWebhook(workspace, 'a');
    await alerts.set(workspace, rule);
    await swept(workspace, 'one', 101);
    const secretsSent = async () => (await sent({ status: 503 })).map(({ webhook }) => webhook.secrets);
    await receivers.rotate(workspace, 'a', 'whsec_bmV3', 3_600_000);
    expect(await secretsSent()).toEqual([['whsec_bmV3', secret]]);
    await stores.pool.query('UPDATE webhooks SET previous_until = now()');
    await makeDue();
    expect(await secretsSent()).toEqual([['whsec_bmV3']]);
  });

  it('is not sent again to all at once: their pauses differ by two fifths at most', async () => {
    const workspace = fresh();
    await Promise.all(Array.from({ length: 20 }, (_, n) => addWebhook(workspace, `r${n}`)));
    await alerts.set(workspace, rule);
    await swept(workspace, 'one', 101);
    expect(await sent({ status: 503 })).toHaveLength(20);
    // They were taken in one transaction, and so are after one moment.
    const { rows } = await stores.pool.query<{ moments: number; seconds: number }>(
      `SELECT count(DISTINCT next_at)::int AS moments, extract(epoch FROM max(next_at) - min(next_at))::float8 AS seconds FROM alert_deliveries`,
    );
    expect(rows[0]?.moments).toBeGreaterThan(1);
    expect(rows[0]?.seconds).toBeLessThanOrEqual(2);
  });

  it('is held back while its receiver is switched off, and sent once it is switched on', async () => {
    const workspace = fresh();
    await addWebhook(workspace, 'a');
    await alerts.set(workspace, rule);
    const [event] = await swept(workspace, 'one', 101);
    await receivers.change(workspace, 'a', { enabled: false });
    expect(await sent({ status: 200 })).toEqual([]);
    await receivers.change(workspace, 'a', { enabled: true });
    expect((await sent({ status: 200 })).map((one) => one.event.id)).toEqual([event?.id]);
  });

  it('is in the log of its receiver beside what it was told of sessions, of its workspace only', async () => {
    const [workspace, other] = [fresh(), fresh()];
    await addWebhook(workspace, 'a');
    await addWebhook(other, 'a');
    await alerts.set(workspace, rule);
    const [event] = await swept(workspace, 'one', 101);
    await stores.pool.query(
      `INSERT INTO webhook_messages (workspace, id, type, at, data) VALUES ($1, 'msg_before', 'task-failed', now() - interval '1 hour', '{}')`,
      [workspace],
    );
    await stores.pool.query(
      `INSERT INTO webhook_deliveries (workspace, message, webhook) VALUES ($1, 'msg_before', 'a')`,
      [workspace],
    );
    await sent({ status: 202 });
    expect(await receivers.deliveries(workspace, 'a', 10)).toEqual([
      {
        ...{ id: event?.id, type: 'alert.raised', at: event?.at },
        ...{ status: 'delivered', tries: 1, nextAt: null, answer: 'HTTP 202' },
      },
      expect.objectContaining({ id: 'msg_before', type: 'task-failed', status: 'pending', tries: 0 }),
    ]);
    expect(await receivers.deliveries(workspace, 'a', 1)).toMatchObject([{ id: event?.id }]);
    expect(await receivers.deliveries(other, 'a', 10)).toEqual([]);
  });

  it('is sent again under its id when that is asked for, for three days anew', async () => {
    const [workspace, other] = [fresh(), fresh()];
    await addWebhook(workspace, 'a');
    await addWebhook(other, 'a');
    await alerts.set(workspace, rule);
    const [{ id } = { id: '' }] = await swept(workspace, 'one', 101);
    const statuses = async () => (await receivers.deliveries(workspace, 'a', 10)).map(({ status }) => status);
    await sent({ status: 200 });
    await stores.pool.query('UPDATE alert_deliveries SET ends_at = now()');
    await receivers.redeliver(workspace, 'a', id);
    expect((await sent({ status: 503 })).map((one) => one.event.id)).toEqual([id]);
    expect(await statuses()).toEqual(['pending']);
    await makeDue();
    expect(await sent({ status: 200 })).toHaveLength(1);
    expect(await statuses()).toEqual(['delivered']);
    for (const [place, message] of [
      [other, id],
      [workspace, 'msg_none'],
    ] as const)
      await expect(receivers.redeliver(place, 'a', message)).rejects.toMatchObject({ code: 'DELIVERY_NOT_FOUND' });
    expect(await sent({ status: 200 })).toEqual([]);
  });

  it('does not wait for a receiver whose secret cannot be read any more', async () => {
    const workspace = fresh();
    await addWebhook(workspace, 'good');
    await addWebhook(workspace, 'moved');
    await stores.pool.query(`UPDATE webhooks SET key_id = 'k0' WHERE name = 'moved'`);
    await alerts.set(workspace, rule);
    await swept(workspace, 'one', 101);
    const secrets = (await webhooks.take(10)).map(({ webhook }) => [webhook.name, webhook.secrets]);
    expect(Object.fromEntries(secrets)).toEqual({ good: [secret], moved: [] });
  });
});

describe('a receiver', () => {
  it('is tested by a message of its own, and says so where there is none', async () => {
    const workspace = fresh();
    await expect(webhooks.addTest(workspace)).rejects.toMatchObject({ code: 'ALERT_NOT_FOUND' });
    await addWebhook(workspace, 'a');
    await addWebhook(workspace, 'b');
    const id = await webhooks.addTest(workspace, 'b');
    const taken = await webhooks.take(10, { workspace, id });
    expect(taken.map(({ event, webhook }) => [event.type, webhook.name])).toEqual([['tested', 'b']]);
  });

  it('is sent no test where it is switched off or hears of no alerts', async () => {
    const workspace = fresh();
    for (const name of ['on', 'off', 'other']) await addWebhook(workspace, name);
    await receivers.change(workspace, 'off', { enabled: false });
    await receivers.change(workspace, 'other', { types: ['session-ended'] });
    const id = await webhooks.addTest(workspace);
    await receivers.change(workspace, 'off', { enabled: true });
    expect((await webhooks.take(10, { workspace, id })).map(({ webhook }) => webhook.name)).toEqual(['on']);
    await receivers.change(workspace, 'off', { enabled: false });
    for (const name of ['off', 'other'])
      await expect(webhooks.addTest(workspace, name)).rejects.toMatchObject({
        code: 'ALERT_NOT_FOUND',
        message: expect.stringContaining(`"${name}" is told of no alerts`),
      });
    expect(await webhooks.take(10)).toEqual([]);
  });

  it('in place of another has nothing of it: neither its types, nor its switch, nor its secret', async () => {
    const workspace = fresh();
    await addWebhook(workspace, 'a');
    await stores.pool.query(`UPDATE webhooks SET created_at = now() - interval '1 day'`);
    const before = await receivers.get(workspace, 'a');
    await receivers.rotate(workspace, 'a', 'whsec_bmV3', 3_600_000);
    await receivers.change(workspace, 'a', { types: ['session-ended'], enabled: false });
    await addWebhook(workspace, 'a');
    const after = await receivers.get(workspace, 'a');
    expect(after).toMatchObject({ types: ['alert'], enabled: true, previousUntil: null });
    expect(after.createdAt).toBeGreaterThan(before.createdAt);
    const id = await webhooks.addTest(workspace);
    expect(await webhooks.take(10, { workspace, id })).toMatchObject([{ webhook: { name: 'a', secrets: [secret] } }]);
  });

  it('is removed with what it is still to hear, and its secret is stored nowhere in plain', async () => {
    const workspace = fresh();
    await addWebhook(workspace, 'a');
    const { rows } = await stores.pool.query(`SELECT webhooks::text AS row FROM webhooks`);
    expect(JSON.stringify(rows)).not.toContain(Buffer.from(secret).toString('hex'));
    await webhooks.addTest(workspace);
    await webhooks.remove(workspace, 'a');
    expect(await webhooks.take(10)).toEqual([]);
    await expect(webhooks.remove(workspace, 'a')).rejects.toMatchObject({ code: 'ALERT_NOT_FOUND' });
  });
});
