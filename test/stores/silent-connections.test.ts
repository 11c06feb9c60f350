import { Socket } from 'node:net';
import { createPool } from '../../src/stores/pool';
import { listenToDatabase } from '../../src/workers/database-listener';
import { createTestDatabase } from '../helpers/servers/test-database';

let databaseUrl: string;

beforeAll(async () => ({ url: databaseUrl } = await createTestDatabase()));

/** After how long a silence connections that are made meanwhile ask whether the other side is there; 0: never, or hours later. */
async function probesWhile(connecting: () => Promise<unknown>): Promise<number[]> {
  const probes = jest.spyOn(Socket.prototype, 'setKeepAlive');
  try {
    await connecting();
    return probes.mock.calls.map(([isOn = false, afterMs = 0]) => (isOn ? afterMs : 0));
  } finally {
    probes.mockRestore();
  }
}

it('notices that PostgreSQL is gone without a word, where something was asked of it', async () => {
  const pool = createPool(databaseUrl, { asWhoConnects: true });
  try {
    expect(await probesWhile(() => pool.query('SELECT 1'))).toEqual([10_000]);
  } finally {
    await pool.end();
  }
});

it('notices that PostgreSQL is gone without a word, where it is listened to', async () => {
  let listener: ReturnType<typeof listenToDatabase> | undefined;
  const listening = (): Promise<void> =>
    new Promise((onListening, onError) => {
      listener = listenToDatabase(databaseUrl, { channels: { orchestra_test: () => undefined }, onListening, onError });
    });
  try {
    expect(await probesWhile(listening)).toEqual([10_000]);
  } finally {
    await listener?.stop();
  }
});
