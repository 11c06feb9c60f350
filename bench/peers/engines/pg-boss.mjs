import { randomUUID } from 'node:crypto';
import PgBoss from 'pg-boss';
import { numbers, verified } from './verified.mjs';
import { versionOf } from './version-of.mjs';

const queue = 'echo';

/**
 * A queue, so the order of steps is our own: who ends one sends the next. Jobs are fetched and completed by a loop without pauses: by itself pg-boss
 * looks for jobs twice a second at most, and a chain of 20 would take 10 s.
 */
export async function open({ databaseUrl }) {
  const boss = new PgBoss({ connectionString: databaseUrl, max: 20, supervise: false, schedule: false });
  boss.on('error', (error) => console.error(error));
  await boss.start();
  await boss.createQueue(queue);
  const sessions = new Map();
  let isOpen = true;
  // Others are measured in this process, and nothing may go round meanwhile.
  let wake = () => undefined;
  const end = async ({ id, data: { session, text, step } }) => {
    const { tasks, kind, resolve, done } = sessions.get(session);
    if (kind === 'chain' && step + 1 < tasks) await boss.send(queue, { session, text, step: step + 1 });
    await boss.complete(queue, id, { text });
    done.add(step);
    if (done.size === tasks) resolve(text);
  };
  const loop = (async () => {
    while (isOpen) {
      if (sessions.size === 0) await new Promise((resolve) => (wake = resolve));
      const jobs = (await boss.fetch(queue, { batchSize: 100 })) ?? [];
      if (jobs.length === 0) await new Promise((resolve) => setImmediate(resolve));
      // Not waited for: what becomes ready meanwhile is fetched meanwhile.
      for (const job of jobs) end(job).catch((error) => console.error(error));
    }
  })();
  return {
    name: 'pg-boss',
    version: versionOf('pg-boss'),
    durability: 'a row of PostgreSQL for each job',
    contender: ({ kind, tasks }) =>
      verified('pg-boss', async (text) => {
        const session = randomUUID();
        const ended = new Promise((resolve) => sessions.set(session, { kind, tasks, resolve, done: new Set() }));
        wake();
        const first = kind === 'chain' ? [0] : numbers(tasks);
        await boss.insert(first.map((step) => ({ name: queue, data: { session, text, step } })));
        return ended.finally(() => sessions.delete(session));
      }),
    close: async () => {
      isOpen = false;
      wake();
      await loop;
      await boss.stop({ graceful: false });
    },
  };
}
