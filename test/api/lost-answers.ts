import { randomBytes } from 'node:crypto';
import type { TestInstallation } from '../helpers/servers/test-installation';
import type { Answer, ApiClient } from './api-client';

/** As a crash after the work leaves the key. */
export async function forgetAnswer({ pool }: Pick<TestInstallation, 'pool'>, key: string): Promise<void> {
  await pool.query(
    `UPDATE idempotency_keys SET status = NULL, location = NULL, body = NULL, locked_until = now() - interval '1 second' WHERE key = $1`,
    [key],
  );
}

/** A request that was done, and what is answered to who repeats it because its answer was lost. */
export interface Done {
  first: Answer;
  again(): Promise<Answer>;
}

export async function done(
  installation: Pick<TestInstallation, 'pool'>,
  client: ApiClient,
  path: string,
  body: object = {},
): Promise<Done> {
  const key = randomBytes(6).toString('hex');
  const send = (): Promise<Answer> => client.post(path, body, { 'idempotency-key': key });
  const first = await send();
  return {
    first,
    again: async () => {
      await forgetAnswer(installation, key);
      const second = await send();
      expect([second.status, second.headers.get('idempotency-replayed')]).toEqual([first.status, null]);
      return second;
    },
  };
}
