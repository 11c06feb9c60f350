import { setTimeout as delay } from 'node:timers/promises';
import type { Installation } from './installation';

/** Who has not answered by then is not there. */
const patienceMs = 2_000;

/** Names of the servers that do not answer. */
export async function missingServers({ pool, temporal }: Pick<Installation, 'pool' | 'temporal'>): Promise<string[]> {
  const answers: [string, Promise<unknown>][] = [
    ['PostgreSQL', pool.query('SELECT 1')],
    ['Temporal', temporal.workflowService.getSystemInfo({})],
  ];
  const states = await Promise.all(
    answers.map(async ([name, answer]) => {
      const isThere = await Promise.race([
        answer.then(
          () => true,
          () => false,
        ),
        delay(patienceMs, false, { ref: false }),
      ]);
      return isThere ? [] : [name];
    }),
  );
  return states.flat();
}
