import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { isSameProcess, readProcess, readStartTime } from '../../../src/processes/read-process';
import { killStartedGroups, startGroup } from './process-groups';

afterEach(killStartedGroups);

describe('readProcess', () => {
  test('knows a process by its start time', () => {
    const startTime = readProcess(process.pid)?.startTime ?? '';
    expect(startTime).not.toBe('');
    expect(isSameProcess(process.pid, startTime)).toBe(true);
    expect(isSameProcess(process.pid, `${startTime}0`)).toBe(false);
  });

  test('finds no process once it has ended', async () => {
    const group = await startGroup('echo ready');
    await group.exit;
    expect(readProcess(group.pid)).toBeNull();
  });

  test('takes a zombie for dead but still knows its start time', async () => {
    // The shell becomes a sleep, which never reaps the child that the shell had.
    const group = await startGroup('sh -c "echo \\$\\$" & exec sleep 600');
    const zombie = Number(group.firstLine);
    while (readProcess(zombie) !== null) await new Promise((resolve) => setImmediate(resolve));
    expect(readStartTime(zombie)).not.toBeNull();
  });

  test('takes no process for ended that it cannot look at, because too many files are open', async () => {
    const program = `
      const { hasEnded, readStartTime } = require('./src/processes/read-process.ts');
      const { openSync } = require('node:fs');
      const startTime = readStartTime(process.pid);
      let fault = '';
      while (fault === '') try { openSync('/dev/null') } catch ({ code }) { fault = code }
      process.stdout.write([fault, hasEnded(process.pid, startTime)].join(' '));`;
    const hook = './scripts/typescript-hook.cjs';
    const shell = ['-c', 'ulimit -n 200; exec "$0" --require "$1" -e "$2"', process.execPath, hook, program];
    const { stdout } = await promisify(execFile)('sh', shell);
    expect(stdout).toBe('EMFILE false');
  });

  (process.platform === 'linux' ? test : test.skip)(
    'reads a process whose name holds spaces and parentheses',
    async () => {
      const group = await startGroup('printf ") S 1 (x" > /proc/$$/comm; cat /proc/$$/comm; sleep 600; :');
      expect(group.firstLine).toBe(') S 1 (x');
      expect(readProcess(group.pid)).toMatchObject({ pid: group.pid, groupId: group.pid });
    },
  );
});
