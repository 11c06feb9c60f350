import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { processGroupIsAlive } from '../../../src/processes/process-group';
import { readProcess, readStartTime } from '../../../src/processes/read-process';
import { until } from '../../helpers/until';
import { killStartedGroups, startGroup } from './process-groups';

interface Report {
  guardian: number;
  groups: number[];
}

const hook = path.join(__dirname, '../../../scripts/typescript-hook.cjs');
const guardianProgram = path.join(__dirname, '../../../src/processes/guardian-main.cjs');
const toKill = new Set<number>();

afterEach(() => {
  killStartedGroups();
  for (const pid of toKill) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It is gone, as it should be.
    }
  }
  toKill.clear();
});

async function nextReport(owner: ChildProcess): Promise<Report> {
  const [chunk] = (await once(owner.stdout!, 'data')) as [Buffer];
  const report = JSON.parse(chunk.toString('utf8')) as Report;
  for (const pid of [report.guardian, ...report.groups]) toKill.add(pid);
  return report;
}

async function startOwner(...scripts: string[]): Promise<Report & { owner: ChildProcess }> {
  const owner = spawn(process.execPath, ['--require', hook, path.join(__dirname, 'guardian-owner.ts'), ...scripts], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  toKill.add(owner.pid!);
  return { owner, ...(await nextReport(owner)) };
}

const obedient = 'exec sleep 600';
const stubborn = 'trap "" TERM; sleep 600 & sleep 600';

describe('the guardian', () => {
  test('ends every watched group and itself when its parent is killed, and leaves released ones alone', async () => {
    const { owner, guardian, groups } = await startOwner(obedient, stubborn, obedient);
    const [first, second, released] = groups as [number, number, number];
    owner.kill('SIGKILL');
    await until('the watched groups end', () => !processGroupIsAlive(first) && !processGroupIsAlive(second));
    await until('the guardian ends', () => readProcess(guardian) === null);
    expect(processGroupIsAlive(released)).toBe(true);
  });

  test('does its work after an ordinary exit of its parent too', async () => {
    const { owner, groups } = await startOwner(obedient, obedient);
    owner.kill('SIGTERM');
    await until('the watched group ends', () => !processGroupIsAlive(groups[0]!));
  });

  test('has a process group of its own and does not heed SIGINT, SIGTERM and SIGHUP', async () => {
    const { owner, guardian, groups } = await startOwner(obedient, obedient);
    expect(readProcess(guardian)?.groupId).toBe(guardian);
    await until('it has its handlers', () => catches(guardian, [1, 2, 15]));
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(guardian, signal);
    owner.kill('SIGKILL');
    await until('the watched group ends', () => !processGroupIsAlive(groups[0]!));
  });

  test('is replaced when it is killed, and the new one watches the same groups', async () => {
    const { owner, guardian, groups } = await startOwner(obedient, obedient);
    process.kill(guardian, 'SIGKILL');
    let replacement = guardian;
    await until('there is another guardian', async () => {
      owner.stdin!.write('?');
      replacement = (await nextReport(owner)).guardian;
      return replacement !== guardian && readProcess(replacement) !== null;
    });
    owner.kill('SIGKILL');
    await until('the watched group ends', () => !processGroupIsAlive(groups[0]!));
    expect(processGroupIsAlive(groups[1]!)).toBe(true);
  });

  test('spares a process whose pid was reused, and ignores a torn line', async () => {
    const bystander = await startGroup('echo ready; exec sleep 600');
    const target = await startGroup('echo ready; exec sleep 600');
    const guardian = spawn(process.execPath, [guardianProgram], { stdio: ['pipe', 'ignore', 'inherit'] });
    toKill.add(guardian.pid!);
    const policy = { signal: 'SIGTERM', graceMs: 5_000 };
    guardian.stdin.write(`${JSON.stringify({ watch: 1, pid: bystander.pid, startTime: 'earlier', ...policy })}\n`);
    guardian.stdin.write(
      `${JSON.stringify({ watch: 2, pid: target.pid, startTime: readStartTime(target.pid), ...policy })}\n`,
    );
    guardian.stdin.end('{"watch": 3, "pi');
    expect(await once(guardian, 'exit')).toEqual([0, null]);
    expect(readProcess(bystander.pid)).not.toBeNull();
    expect(readProcess(target.pid)).toBeNull();
  });
});

/** Whether the process has handlers for these signal numbers (Linux); elsewhere it is taken for granted. */
function catches(pid: number, signals: number[]): boolean {
  if (process.platform !== 'linux') return true;
  const mask = BigInt(`0x${/SigCgt:\s*(\w+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0'}`);
  return signals.every((signal) => (mask & (1n << BigInt(signal - 1))) !== 0n);
}
