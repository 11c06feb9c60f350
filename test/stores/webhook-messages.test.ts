import { randomBytes } from 'node:crypto';
import { createSecretCipher } from '../../src/main/secret-cipher';
import { createWebhookMessages } from '../../src/stores/webhook-messages';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());

test('whoever sends sleeps where nothing is to be sent: no message, or only those of receivers that are turned off', async () => {
  const key = { id: 'key', key: randomBytes(32) };
  const messages = createWebhookMessages(
    stores.pool,
    createSecretCipher(() => [key]),
  );
  expect(await messages.nextDueInMs()).toBeNull();

  const receiver = { name: 'ops', url: 'https://ops.example/', types: ['task-failed' as const], secret: 'whsec_YQ==' };
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
