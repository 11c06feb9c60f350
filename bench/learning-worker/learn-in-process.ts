import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { OutcomesLearnt, OutcomesToLearn } from './learner-process';

const hook = join(__dirname, '..', '..', 'scripts', 'typescript-hook.cjs');

/** Has a process of its own learn all that there is; resolves with what it tells. */
export async function learnInProcess(told: OutcomesToLearn): Promise<OutcomesLearnt> {
  const child = fork(join(__dirname, 'learner-process.ts'), { execArgv: ['--require', hook, '--expose-gc'] });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the process that learns ended with ${String(code)} before it had learnt all`);
  });
  try {
    const answered = once(child, 'message') as Promise<[OutcomesLearnt]>;
    child.send(told);
    const [learnt] = await Promise.race([answered, ended]);
    return learnt;
  } finally {
    ended.catch(() => undefined);
    child.kill();
  }
}
