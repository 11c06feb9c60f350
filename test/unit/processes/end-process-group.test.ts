import { endProcessGroup } from '../../../src/processes/end-process-group';
import { processGroupIsAlive, signalProcessGroup } from '../../../src/processes/process-group';
import { readProcess } from '../../../src/processes/read-process';
import { killStartedGroups, startGroup } from './process-groups';

afterEach(killStartedGroups);

describe('endProcessGroup', () => {
  test('lets a group that heeds the signal end by itself', async () => {
    const group = await startGroup('trap "exit 7" TERM; echo ready; while :; do sleep 0.01; done');
    await endProcessGroup(group.pid, { signal: 'SIGTERM', graceMs: 20_000 });
    expect(await group.exit).toEqual([7, null]);
  });

  test('kills a group that ignores the signal, grandchildren included', async () => {
    const group = await startGroup('trap "" TERM; sleep 600 & echo $!; wait');
    const grandchild = Number(group.firstLine);
    expect(readProcess(grandchild)?.groupId).toBe(group.pid);
    await endProcessGroup(group.pid, { signal: 'SIGTERM', graceMs: 50 });
    expect(readProcess(group.pid)).toBeNull();
    expect(readProcess(grandchild)).toBeNull();
  });

  test('waits for members that outlive the leader', async () => {
    const group = await startGroup('(trap "" TERM; exec sleep 600) & echo $!');
    await group.exit;
    expect(processGroupIsAlive(group.pid)).toBe(true);
    await endProcessGroup(group.pid, { signal: 'SIGTERM', graceMs: 50 });
    expect(readProcess(Number(group.firstLine))).toBeNull();
    expect(processGroupIsAlive(group.pid)).toBe(false);
  });

  test('is done at once where the group is gone', async () => {
    const group = await startGroup('echo ready');
    await group.exit;
    await expect(endProcessGroup(group.pid, { signal: 'SIGTERM', graceMs: 60_000 })).resolves.toBeUndefined();
  });

  test('never signals every process, nor its own group', () => {
    const own = readProcess(process.pid)?.groupId ?? 0;
    for (const groupId of [0, 1, -1, 1.5, Number.NaN, own]) {
      expect(() => signalProcessGroup(groupId, 'SIGTERM')).toThrow(RangeError);
    }
  });
});
