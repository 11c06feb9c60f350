import { randomBytes } from 'node:crypto';
import { createSecretCipher } from '../../src/main/secret-cipher';
import type { WebhookMessages } from '../../src/contracts/ports/webhook-messages';
import { nextTryAfter } from '../../src/domain/alerts/delivery';
import { createRandom } from '../../src/domain/random';
import { createWebhookMessages } from '../../src/stores/webhook-messages';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
beforeAll(async () => (stores = await openTestStores()));
afterEach(() => stores.pool.query('DELETE FROM webhooks'));
afterAll(() => stores.close());

const key = { id: 'key', key: randomBytes(32) };
const messagesWith = (chance?: () => number): WebhookMessages =>
  createWebhookMessages(
    stores.pool,
    createSecretCipher(() => [key]),
    chance,
  );
const receiver = { name: 'ops', url: 'https://ops.example/', types: ['task-failed' as const], secret: 'whsec_YQ==' };

/** Messages to the receiver of the workspace, of one moment, and due. */
async function tell(workspace: string, ...ids: string[]): Promise<void> {
  await stores.pool.query(
    `INSERT INTO webhook_messages (workspace, id, type, at, data) SELECT $1, id, 'task-failed', now(), '{}' FROM unnest($2::text[]) AS id`,
    [workspace, ids],
  );
  await stores.pool.query(
    `INSERT INTO webhook_deliveries (workspace, message, webhook, next_at)
     SELECT $1, id, 'ops', now() - interval '1 hour' + nth * interval '1 second' FROM unnest($2::text[]) WITH ORDINALITY AS x (id, nth)`,
    [workspace, ids],
  );
}

const duesOf = async (workspace: string): Promise<number[]> => {
  const { rows } = await stores.pool.query<{ ms: number }>(
    `SELECT round(extract(epoch FROM next_at - min(next_at) OVER ()) * 1000)::int AS ms FROM webhook_deliveries WHERE workspace = $1 ORDER BY message`,
    [workspace],
  );
  return rows.map(({ ms }) => ms);
};

test('whoever sends sleeps where nothing is to be sent: no message, or only those of receivers that are turned off', async () => {
  const messages = messagesWith();
  expect(await messages.nextDueInMs()).toBeNull();

  await messages.add('w', receiver);
  await stores.pool.query(
    `INSERT INTO webhook_messages (workspace, id, type, at, data) VALUES ('w', 'message', 'task-failed', now(), '{}')`,
  );
  await stores.pool.query(
    `INSERT INTO webhook_deliveries (workspace, message, webhook, next_at) VALUES ('w', 'message', 'ops', now() + interval '1 hour')`,
  );
  const waitMs = await messages.nextDueInMs();
  expect(waitMs).toBeGreaterThan(3_000_000);
  expect(waitMs).toBeLessThanOrEqual(3_600_000);

  await stores.pool.query(`UPDATE webhook_deliveries SET next_at = now() - interval '1 minute'`);
  expect(await messages.nextDueInMs()).toBe(0);

  await messages.change('w', 'ops', { enabled: false });
  expect(await messages.nextDueInMs()).toBeNull();
});

test('the pause after each try is longer than the one before, and drawn for each message', async () => {
  const random = createRandom('jitter');
  const drawn: number[] = [];
  const messages = messagesWith(() => {
    drawn.push(random());
    return drawn.at(-1) ?? 0;
  });
  await messages.add('jitter', receiver);
  const ids = Array.from({ length: 8 }, (_, tries) => `message-${tries}`);
  await tell('jitter', ...ids);
  await stores.pool.query(
    `UPDATE webhook_deliveries SET tries = split_part(message, '-', 2)::int WHERE workspace = 'jitter'`,
  );
  // Taken in one transaction: all pauses begin in the same moment.
  expect((await messages.take(10)).map(({ message }) => message.id)).toEqual(ids);
  expect(await messages.take(10)).toEqual([]);
  const pauses = drawn.map((chance, tries) => nextTryAfter(tries + 1, chance));
  expect(await duesOf('jitter')).toEqual(pauses.map((pause) => pause - Math.min(...pauses)));
});

test('a receiver is left alone for as long as it asks for, where that is longer than the pause', async () => {
  const messages = messagesWith(() => 0.5);
  await messages.add('busy', receiver);
  await tell('busy', 'asked', 'plain');
  const [asked, plain] = await messages.take(2);
  if (!asked || !plain) throw new Error('two messages were expected');
  await messages.answered(plain, { status: 429, retryAfterMs: 1 });
  await messages.answered(asked, { status: 429, retryAfterMs: 3_600_000 });
  const [later = 0, sooner] = await duesOf('busy');
  expect(sooner).toBe(0);
  expect(later).toBeGreaterThanOrEqual(3_600_000 - nextTryAfter(1, 0.5));
  expect(await messages.deliveries('busy', 'ops', 10)).toMatchObject([
    { id: 'plain', status: 'pending', answer: 'HTTP 429' },
    { id: 'asked', status: 'pending', answer: 'HTTP 429' },
  ]);
});

test('a receiver that is gone is switched off: what it was sent ends, and the rest waits', async () => {
  const messages = messagesWith();
  await messages.add('gone', receiver);
  await tell('gone', 'first', 'second');
  const [first] = await messages.take(1);
  if (!first) throw new Error('a message was expected');
  await messages.answered(first, { status: 410 });
  expect(await messages.get('gone', 'ops')).toMatchObject({ enabled: false, goneAt: expect.any(Number) });
  expect(await messages.take(10)).toEqual([]);
  expect(await messages.deliveries('gone', 'ops', 10)).toMatchObject([
    { id: 'second', status: 'pending', tries: 0 },
    { id: 'first', status: 'given-up', tries: 1, answer: 'HTTP 410' },
  ]);
  await messages.change('gone', 'ops', { types: receiver.types });
  expect(await messages.get('gone', 'ops')).toMatchObject({ enabled: false, goneAt: expect.any(Number) });
  await messages.change('gone', 'ops', { enabled: true });
  expect(await messages.get('gone', 'ops')).toMatchObject({ enabled: true, goneAt: null });
  expect((await messages.take(10)).map(({ message }) => message.id)).toEqual(['second']);
});

test('what its old address answers does not switch a receiver off', async () => {
  const messages = messagesWith();
  await messages.add('moved', receiver);
  await tell('moved', 'first');
  const [first] = await messages.take(1);
  if (!first) throw new Error('a message was expected');
  await messages.change('moved', 'ops', { url: 'https://new.example/' });
  await messages.answered(first, { status: 410 });
  expect(await messages.get('moved', 'ops')).toMatchObject({ url: 'https://new.example/', enabled: true });
});
