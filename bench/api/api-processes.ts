import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { BareAnswers } from './bare-process';

/** A server that is measured, as a process of its own. */
export interface MeasuredServer {
  url: string;
  stop(): Promise<void>;
}

const root = join(__dirname, '..', '..');

/** `orchestra api` on the servers of a data folder, with sessions for workers that there are none of: they stay as they were made. */
export async function startApiProcess(dataDirectory: string): Promise<MeasuredServer> {
  const child = fork(join(root, 'bin', 'orchestra.js'), ['api', '--port', String(20_000 + (process.pid % 10_000))], {
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      ORCHESTRA_DATA: dataDirectory,
      ORCHESTRA_RATE_LIMITS: 'off',
      ORCHESTRA_TASK_QUEUE: 'bench-nobody',
    },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const said = child.stdout ? String((await Promise.race([once(child.stdout, 'data'), gone(child)]))[0]) : '';
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
  if (url === undefined) throw new Error(`the API said ${said}`);
  return { url, stop: () => end(child) };
}

export async function startBareProcess(answers: BareAnswers): Promise<MeasuredServer> {
  const child = fork(join(__dirname, 'bare-process.ts'), {
    execArgv: ['--require', join(root, 'scripts', 'typescript-hook.cjs')],
  });
  child.send(answers);
  const [url] = (await Promise.race([once(child, 'message'), gone(child)])) as [string];
  return { url, stop: () => end(child) };
}

async function gone(child: ChildProcess): Promise<never> {
  const [code] = (await once(child, 'exit')) as [number];
  throw new Error(`${child.spawnargs.join(' ')} ended with ${code}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill();
  await exit;
}
