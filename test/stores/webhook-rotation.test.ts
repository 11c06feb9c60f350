import { randomBytes } from 'node:crypto';
import { createSecretCipher } from '../../src/main/secret-cipher';
import { createWebhookStore } from '../../src/stores/webhooks';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());

type SecretKey = { id: string; key: Buffer };
const [oldKey, newKey] = ['old', 'new'].map((id) => ({ id, key: randomBytes(32) })) as [SecretKey, SecretKey];
const storeWith = (...keys: SecretKey[]) =>
  createWebhookStore(
    stores.pool,
    createSecretCipher(() => keys),
  );

test('secrets of webhooks outlive the key that they were encrypted with', async () => {
  await storeWith(oldKey).set({ workspace: 'w', name: 'ops', url: 'https://ops.example/', secret: 'whsec_c2VzYW1l' });
  const both = storeWith(newKey, oldKey);
  expect([await both.rotate('other'), await both.rotate('w'), await both.rotate('w')]).toEqual([0, 1, 0]);
  const after = storeWith(newKey);
  const id = await after.addTest('w');
  expect(await after.take(1, { workspace: 'w', id })).toMatchObject([{ webhook: { secrets: ['whsec_c2VzYW1l'] } }]);
});

test('a rotation that cannot read a secret changes nothing', async () => {
  const lost = { id: 'lost', key: randomBytes(32) };
  await storeWith(oldKey).set({ workspace: 'v', name: 'a', url: 'https://ops.example/', secret: 'whsec_YQ==' });
  await storeWith(lost).set({ workspace: 'v', name: 'b', url: 'https://ops.example/', secret: 'whsec_Yg==' });
  await expect(storeWith(newKey, oldKey).rotate('v')).rejects.toMatchObject({ code: 'SECRET_UNREADABLE' });
  const { rows } = await stores.pool.query(`SELECT key_id FROM webhooks WHERE workspace = 'v' ORDER BY name`);
  expect(rows).toEqual([{ key_id: 'old' }, { key_id: 'lost' }]);
});
