import type { ConflictOverview } from '../../../src/client/conflict-overview';
import { conflictOverview } from '../../../src/client/conflict-overview';
import { claimOfTexts } from '../../../src/domain/conflicts/claim';
import type { Claim } from '../../../src/domain/conflicts/claim';
import { startTime } from './fixtures';
import type { Ran } from './scripted-host';
import { client, installation, run, session } from './scripted-host';

const claim = (writes: string[], reads: string[] = []): Claim => {
  const found = claimOfTexts({ writes, reads });
  if ('fault' in found) throw new Error(found.fault);
  return found;
};
const waiter = (name: string, since: number, writes: string[], approval: string | null = null) => ({
  session: name,
  run: 'fix',
  claim: claim(writes),
  priority: 3,
  since,
  worksFor: [],
  ticket: since,
  approval,
  isAnswered: false,
});

const overview = conflictOverview({
  holders: [
    { session: 'first', run: 'fix', attempt: 1, claim: claim(['file:a']), inSpiteOf: null },
    { session: 'bold', run: 'each[3]', attempt: 2, claim: claim([], ['file:a']), inSpiteOf: 'file:a, which …' },
  ],
  waiters: [
    waiter('late', startTime + 2_000, ['file:a'], 'a-1'),
    waiter('early', startTime, ['file:*']),
    waiter('free', startTime, ['db:x']),
  ],
});

const list = (conflicts: ConflictOverview, ...args: string[]): Promise<Ran> =>
  run(['conflicts', 'list', ...args], {
    folder: { openRunning: async () => installation({ client: client({ conflicts: async () => conflicts }) }) },
    now: () => startTime + 62_000,
  });

test('who waits is listed in the order of the line, with whom for; and who went ahead in spite of it', async () => {
  const { stdout, exitCode } = await list(overview);
  expect(exitCode).toBe(0);
  expect(stdout.split('\n')).toEqual([
    'SESSION  TASK  WAITS   FOR',
    'early    fix   1m 02s  file:*, of which task fix of session first writes file:a',
    'free     fix   1m 02s  its turn, which has just come',
    'late     fix   1m 00s  file:a, which task fix of session first writes; or the answer to a-1',
    '',
    'SESSION  TASK     WENT AHEAD IN SPITE OF',
    'bold     each[3]  file:a, which …',
    '',
  ]);
});

test('the same comes as JSON', async () => {
  const { stdout } = await list(overview, '-o', 'json');
  const printed = JSON.parse(stdout) as { waiting: unknown[]; inSpite: unknown };
  expect(printed.waiting[0]).toEqual({
    session: 'early',
    run: 'fix',
    priority: 3,
    since: '2026-03-01T09:00:00.000Z',
    waitsFor: 'file:*, of which task fix of session first writes file:a',
    approval: null,
    blocker: { session: 'first', run: 'fix', needs: 'file:*', has: 'file:a', access: 'writes', isRunning: true },
  });
  expect(printed.waiting[1]).toMatchObject({ session: 'free', blocker: null });
  expect(printed.waiting[2]).toMatchObject({ session: 'late', approval: 'a-1' });
  expect(printed.inSpite).toEqual([{ session: 'bold', run: 'each[3]', inSpiteOf: 'file:a, which …' }]);
});

test('where nobody waits, that is said', async () => {
  const { stdout, stderr } = await list({ waiting: [], inSpite: [] });
  expect([stdout, stderr]).toEqual(['', 'No task waits for what others write or read.\n']);
});

test('a task is let go ahead by its name', async () => {
  const resolved: string[] = [];
  const waiting = session({
    resolveConflict: async (task) => {
      resolved.push(task);
      return { status: 'running' };
    },
  });
  const { stdout } = await run(['conflicts', 'resolve', 'hello', 'each[3]'], {
    folder: { openRunning: async () => installation({ client: client({ get: async () => waiting }) }) },
  });
  expect(resolved).toEqual(['each[3]']);
  expect(stdout).toContain('Task each[3] of session hello-k3f9x2 goes ahead');
});
