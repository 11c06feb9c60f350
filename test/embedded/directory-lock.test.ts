import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { tryLock, waitForLock } from '../../src/embedded/directory-lock';
import { removeTemporaryDirectories, temporaryDirectory } from './temporary-directory';

afterAll(removeTemporaryDirectories);

const hook = path.join(__dirname, '../../scripts/typescript-hook.cjs');
const lockModule = path.join(__dirname, '../../src/embedded/directory-lock.ts');

function runNode(script: string): ReturnType<typeof spawn> {
  return spawn(process.execPath, ['--require', hook, '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
}

describe('the lock of a folder', () => {
  test('is held by one at a time, and names its holder to others', () => {
    const directory = path.join(temporaryDirectory(), 'lock');
    const first = tryLock(directory);
    expect(first).toHaveProperty('lock');
    expect(tryLock(directory)).toEqual({ heldBy: process.pid });
    if ('lock' in first) first.lock.release();
    expect(tryLock(directory)).toHaveProperty('lock');
  });

  test('keeps processes that contend for it apart', async () => {
    const directory = temporaryDirectory();
    const counter = path.join(directory, 'counter');
    writeFileSync(counter, '0');
    // Reading, waiting and writing loses counts unless the lock holds.
    const script = `
      const { waitForLock } = require(${JSON.stringify(lockModule)});
      const { readFileSync, writeFileSync } = require('node:fs');
      (async () => {
        for (let turn = 0; turn < 5; turn += 1) {
          const lock = await waitForLock(${JSON.stringify(path.join(directory, 'lock'))}, new AbortController().signal, () => {});
          const count = Number(readFileSync(${JSON.stringify(counter)}, 'utf8'));
          await new Promise((resolve) => setTimeout(resolve, 5));
          writeFileSync(${JSON.stringify(counter)}, String(count + 1));
          lock.release();
        }
      })();`;
    const exits = await Promise.all([1, 2, 3, 4].map(() => once(runNode(script), 'exit')));
    expect(exits).toEqual([1, 2, 3, 4].map(() => [0, null]));
    expect(readFileSync(counter, 'utf8')).toBe('20');
    expect(readdirSync(path.join(directory, 'lock'))).toEqual([]);
  });

  test('is free again when its holder was killed', async () => {
    const directory = path.join(temporaryDirectory(), 'lock');
    const script = `
      require(${JSON.stringify(lockModule)}).tryLock(${JSON.stringify(directory)});
      console.log('locked');
      setInterval(() => {}, 1000);`;
    const holder = runNode(script);
    await once(holder.stdout!, 'data');
    expect(tryLock(directory)).toEqual({ heldBy: holder.pid });
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    const lock = await waitForLock(directory, new AbortController().signal, () => undefined);
    expect(readdirSync(directory)).toHaveLength(1);
    lock.release();
  });
});
