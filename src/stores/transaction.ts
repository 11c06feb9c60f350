import type { PoolClient, QueryConfig } from 'pg';
import type { Scope } from './scope';

/** What the work of a transaction comes to, and the statements that end it: they share a round trip with the COMMIT. */
export interface Worked<T> {
  result: T;
  /** Each is sent before the next is made ready. */
  writes: Iterable<QueryConfig>;
  /** Answers to statements that were sent before, and that nobody has waited for. */
  sent?: readonly Promise<unknown>[];
}

/**
 * Runs `work` in a transaction of the scope: committed when it and its writes succeed, rolled back otherwise. A broken connection is not used
 * again. What needs no answer is sent with what follows it: BEGIN with the first statement, the writes with COMMIT.
 */
export async function inTransaction<T>(
  { pool, opening }: Scope,
  work: (client: PoolClient) => Promise<Worked<T>>,
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const onError = (error: Error): void => void (broken = error);
  client.on('error', onError);
  // Sent together with the first statement of the work, and waited for with the last.
  const opened = client.query(opening);
  opened.catch(() => undefined);
  try {
    const { result, writes, sent = [] } = await work(client);
    const answers: Promise<unknown>[] = [opened, ...sent];
    for (const write of writes) {
      const answer = client.query(write);
      answer.catch(() => undefined);
      answers.push(answer);
    }
    // Where a write fails, PostgreSQL makes a rollback of this commit.
    await Promise.all([...answers, client.query('COMMIT')]);
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((failure: unknown) => (broken = failure as Error));
    // What comes after a failure fails too, and does not say why.
    await opened;
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}
