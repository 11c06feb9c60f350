import { Webhook } from 'standardwebhooks';
import { isPrivateAddress } from '../../../src/connectors/webhook/private-address';
import { createWebhookSender } from '../../../src/connectors/webhook/send-webhook';
import { messageSender, webhookSender } from '../../../src/main/webhook-sender';
import { readConfiguration } from '../../../src/main/configuration';
import { answerWithinMs, judgeAnswer, nextTryAfter, restAfter } from '../../../src/domain/alerts/delivery';
import { createRandom } from '../../../src/domain/random';
import type { Receiver } from '../../helpers/webhooks/receiver';
import { startReceiver } from '../../helpers/webhooks/receiver';
import { queueRule } from './rules';

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const event = {
  id: 'msg_1',
  type: 'raised' as const,
  alert: 'waiting',
  at: Date.UTC(2026, 2, 1),
  message: 'Zu viele warten – 101.',
  rule: queueRule,
  value: 101,
};
const options = { allowPrivate: true, timeLimitMs: 5_000, now: Date.now };

let receiver: Receiver;
beforeEach(async () => void (receiver = await startReceiver()));
afterEach(() => receiver.close());

const to = (url: string, secrets = [secret]) => ({
  event,
  webhook: { workspace: 'default', name: 'team', url, secrets },
});

it('names the agent that somebody is to look at, where it is of no rule', async () => {
  const about = { ...event, type: 'agent' as const, alert: '', agent: 'writer', rule: null, value: null };
  await createWebhookSender(options)({ ...to(receiver.url), event: about });
  expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({
    type: 'alert.agent',
    data: { workspace: 'default', alert: '', agent: 'writer', message: event.message },
  });
});

it('is a message that the reference library of Standard Webhooks takes, with its id', async () => {
  expect(await createWebhookSender(options)(to(receiver.url))).toEqual({ status: 204 });
  const [{ headers, body } = { headers: {}, body: '' }] = receiver.received;
  expect(new Webhook(secret).verify(body, headers)).toEqual({
    type: 'alert.raised',
    timestamp: '2026-03-01T00:00:00.000Z',
    data: {
      workspace: 'default',
      alert: 'waiting',
      message: 'Zu viele warten – 101.',
      metric: 'queue',
      agent: null,
      unit: 'count',
      raiseAt: 100,
      clearAt: 50,
      value: 101,
    },
  });
  expect(headers).toMatchObject({ 'webhook-id': 'msg_1' });
});

it('is taken by whoever knows one of two secrets, while both are live', async () => {
  const next = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
  await createWebhookSender(options)(to(receiver.url, [next, secret]));
  const [{ headers, body } = { headers: {}, body: '' }] = receiver.received;
  for (const known of [next, secret])
    expect(new Webhook(known).verify(body, headers)).toMatchObject({ type: 'alert.raised' });
  const other = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
  expect(() => new Webhook(other).verify(body, headers)).toThrow();
});

it('is signed by the secret of its receiver, at the time of the try', async () => {
  await createWebhookSender({ ...options, now: () => Date.now() - 10 * 60_000 })(to(receiver.url));
  const [{ headers, body } = { headers: {}, body: '' }] = receiver.received;
  expect(() => new Webhook(secret).verify(body, headers)).toThrow('too old');
  const other = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
  expect(() => new Webhook(other).verify(body, headers)).toThrow();
});

it('says what became of it where nobody takes it', async () => {
  const send = createWebhookSender(options);
  receiver.answer(503);
  expect(await send(to(receiver.url))).toEqual({ status: 503 });
  receiver.answer(null);
  expect(await send(to(receiver.url))).toEqual({ problem: 'ECONNRESET' });
  await receiver.close();
  expect(await send(to(receiver.url))).toEqual({ problem: 'ECONNREFUSED' });
  expect(await send(to(receiver.url, []))).toEqual({ problem: 'its secret cannot be decrypted' });
  expect(await send(to('ftp://example.com'))).toMatchObject({ problem: expect.stringContaining('http') });
});

it('reaches no private address unless that is allowed, by number or by name', async () => {
  const send = createWebhookSender({ ...options, allowPrivate: false });
  const { port } = new URL(receiver.url);
  for (const host of ['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1', '10.0.0.1'])
    expect(await send(to(`http://${host}:${port}/hook`))).toEqual({ problem: 'PRIVATE_ADDRESS' });
  expect(receiver.received).toEqual([]);
});

it('knows which addresses are private', () => {
  const hidden = [
    '192.168.1.1',
    '169.254.169.254',
    '172.31.0.1',
    '100.64.0.1',
    'fd00::1',
    'fe80::1',
    '::ffff:10.0.0.1',
  ];
  expect(hidden.filter((address) => !isPrivateAddress(address))).toEqual([]);
  expect(['8.8.8.8', '172.32.0.1', '2606:4700::1111', '::ffff:8.8.8.8'].filter(isPrivateAddress)).toEqual([]);
});

it('is tried again with growing pauses, unless it was taken or its receiver is gone', () => {
  const pauses = [1, 2, 3, 4, 5, 6, 7].map((tries) => nextTryAfter(tries, 0.5));
  expect(pauses).toEqual(pauses.toSorted((left, right) => left - right));
  expect([200, 204, 299].map((status) => judgeAnswer({ status }))).toEqual(['delivered', 'delivered', 'delivered']);
  expect([301, 400, 404, 500].map((status) => judgeAnswer({ status }))).toEqual(['again', 'again', 'again', 'again']);
  expect(judgeAnswer({ status: 410 })).toBe('gone');
});

it('leaves a receiver alone for as long as it asks for, a day at most', async () => {
  const send = createWebhookSender(options);
  const restOf = async (status: number, header: string): Promise<number> => {
    receiver.answer(status, { 'retry-after': header });
    return restAfter(await send(to(receiver.url)));
  };
  expect(await restOf(429, '120')).toBe(120_000);
  expect(await restOf(503, '86400000')).toBe(24 * 3_600_000);
  expect(await restOf(503, 'soon')).toBe(0);
  expect(restAfter({ problem: 'ECONNREFUSED' })).toBe(0);
});

it('is tried again after the pauses that are documented, a fifth shorter or longer by chance', () => {
  const seconds = [5, 60, 300, 1_800, 7_200, 18_000, 18_000, 18_000];
  const drawn = (seed: string): number[] => {
    const random = createRandom(seed);
    return Array.from({ length: 2_000 }, (_, n) => {
      const pauseMs = (seconds[n % seconds.length] ?? 0) * 1_000;
      return (nextTryAfter((n % seconds.length) + 1, random()) - answerWithinMs) / pauseMs;
    });
  };
  const shares = drawn('jitter');
  expect(Math.min(...shares)).toBeGreaterThanOrEqual(0.8);
  expect(Math.max(...shares)).toBeLessThanOrEqual(1.2);
  // All of that is used, evenly.
  const counts = [0.8, 0.9, 1, 1.1].map((from) => shares.filter((one) => one >= from && one < from + 0.1).length);
  for (const count of counts) expect(Math.abs(count - 500)).toBeLessThan(100);
  expect(drawn('jitter')).toEqual(shares);
  expect(drawn('other')).not.toEqual(shares);
});

it('is not tried again while a receiver still has time to answer', () => {
  for (const chance of [0, 0.5, 1]) expect(nextTryAfter(1, chance)).toBeGreaterThan(answerWithinMs);
});

describe('receivers on this machine', () => {
  const elsewhere = { DATABASE_URL: 'postgres://db.example/orchestra' };
  const message = { id: 'msg_2', type: 'session-ended', at: event.at, data: {} };

  it.each<[string, NodeJS.ProcessEnv, boolean]>([
    ['are sent to, where nothing is configured', {}, true],
    ['are not, once the database is somewhere else', elsewhere, false],
    ['are, where somebody allows it', { ...elsewhere, ORCHESTRA_PRIVATE_WEBHOOKS: 'allow' }, true],
    ['are not, where somebody refuses it', { ORCHESTRA_PRIVATE_WEBHOOKS: 'refuse' }, false],
  ])('%s', async (_, environment, isSent) => {
    const configuration = readConfiguration(environment);
    const { url } = receiver;
    const byName = url.replace('127.0.0.1', 'localhost');
    const answers = [
      await webhookSender(configuration)(to(url)),
      await messageSender(configuration)({ workspace: 'default', message, webhook: 'team', url, secrets: [secret] }),
      await webhookSender(configuration)(to(byName)),
    ];
    const answer = isSent ? { status: 204 } : { problem: 'PRIVATE_ADDRESS' };
    expect(answers).toEqual([answer, answer, answer]);
    expect(receiver.received).toHaveLength(isSent ? 3 : 0);
  });
});
