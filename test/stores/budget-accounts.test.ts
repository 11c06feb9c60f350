import { lockAccountsOf } from '../../src/stores/budget-accounts';
import { openTestStores, testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());

it('tells why accounts could not be locked, and not that what follows was refused for it', async () => {
  const own = { workspace: testWorkspace, session: 'one' };
  const limits = [{ account: 'session/one', unit: 'attempts' as const, limit: 5 }];
  const [holder, waiting] = [await stores.pool.connect(), await stores.pool.connect()];
  try {
    await holder.query('BEGIN');
    await lockAccountsOf(holder, own, limits, []);
    await waiting.query(`BEGIN; SET LOCAL lock_timeout = '50ms'`);
    const locking = lockAccountsOf(waiting, own, limits, []);
    // A busy process: it hears all answers at once.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    const lockNotAvailable = '55P03';
    await expect(locking).rejects.toMatchObject({ code: lockNotAvailable });
  } finally {
    await waiting.query('ROLLBACK');
    await holder.query('ROLLBACK');
    waiting.release();
    holder.release();
  }
});
