import type { Client } from '../../../src/cli/ports';
import type { Approval } from '../../../src/contracts/ports/approval-store';
import type { WorkspaceLimit } from '../../../src/domain/budget/accounts';
import { client, installation, run, session } from './scripted-host';
import type { Ran } from './scripted-host';

const withClient = (args: string[], script: Partial<Client>): Promise<Ran> =>
  run(args, { folder: { openRunning: async () => installation({ client: client(script) }) } });

const balance = {
  account: 'session/hello',
  unit: 'costMicros' as const,
  limit: 5_000_000,
  reserved: 500_000,
  kept: 250_000,
  spent: 1_000_001,
};
const use = { costMicros: 1_000_001, tokens: 30, attempts: 4, unknown: 1, overReservation: 2 };

describe('budget show', () => {
  const script: Partial<Client> = {
    get: async () => session({ id: 'hello' }),
    budgets: {
      ofWorkspace: async () => [],
      ofSession: async () => [balance],
      useOfSession: async () => use,
      setLimits: () => Promise.reject(new Error('nothing is to be set')),
    },
  };

  test('shows limits and what is left, and what the attempts of a session came to', async () => {
    const { exitCode, stdout } = await withClient(['budget', 'show', '--session', 'hel'], script);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^session\/hello +\$5\.00 +\$1\.000001 +\$0\.75 +\$3\.249999$/m);
    expect(stdout).toContain('4, known to have used $1.000001 and 30 tokens');
    expect(stdout).toContain('Of 1 nobody knows the cost');
    expect(stdout).toContain('2 cost more than they had reserved');
  });

  test('shows times as people read them, and in JSON in milliseconds', async () => {
    const ofTime = { ...balance, unit: 'timeMs' as const, limit: 28_800_000, spent: 33_300, reserved: 0, kept: 0 };
    const timed = { ...script, budgets: { ...script.budgets!, ofSession: async () => [ofTime] } };
    const { stdout } = await withClient(['budget', 'show', '--session', 'hel'], timed);
    expect(stdout).toMatch(/^session\/hello +8h +33s +0ms +7h 59m$/m);
    const json = await withClient(['budget', 'show', '--session', 'hel', '-o', 'json'], timed);
    expect(JSON.parse(json.stdout)).toMatchObject({ limits: [{ limit: 28_800_000, left: 28_766_700 }] });
  });

  test('is one object in JSON, in dollars', async () => {
    const { stdout } = await withClient(['budget', 'show', '--session', 'hel', '-o', 'json'], script);
    expect(JSON.parse(stdout)).toEqual({
      limits: [
        {
          budgetOf: 'session/hello',
          unit: 'usd',
          limit: 5,
          spent: 1.000001,
          reserved: 0.5,
          keptForUnknown: 0.25,
          left: 3.249999,
        },
      ],
      session: { costUsd: 1.000001, tokens: 30, attempts: 4, unknown: 1, overReservation: 2 },
    });
  });

  test('says so where nothing is limited', async () => {
    expect(await withClient(['budget', 'show'], script)).toMatchObject({
      exitCode: 0,
      stdout: 'Nothing is limited.\n',
    });
  });
});

describe('budget set', () => {
  test('replaces the limits of the periods that are named', async () => {
    const set: [string, readonly Omit<WorkspaceLimit, 'period'>[]][] = [];
    const { exitCode } = await withClient(['budget', 'set', '--day', '10usd,5attempts', '--month', 'none'], {
      budgets: {
        ofWorkspace: async () => [],
        ofSession: async () => [],
        useOfSession: async () => use,
        setLimits: async (period, limits) => void set.push([period, limits]),
      },
    });
    expect(exitCode).toBe(0);
    expect(set).toEqual([
      [
        'day',
        [
          { unit: 'costMicros', limit: 10_000_000 },
          { unit: 'attempts', limit: 5 },
        ],
      ],
      ['month', []],
    ]);
  });

  test.each([
    [['--day', '-5usd'], 'must not be negative'],
    [['--day=-5usd'], 'must not be negative'],
    [[], 'Say what to set'],
  ])('%j is bad usage, and nothing is connected to', async (options, message) => {
    const { exitCode, stderr } = await run(['budget', 'set', ...options]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});

describe('approvals', () => {
  const approval: Approval = {
    id: 'a-1',
    question: {
      kind: 'budget',
      session: 'hello',
      run: 'each[1]',
      attempt: 2,
      agent: 'writer',
      reserves: { costMicros: 700_000, tokens: null, attempts: 1, timeMs: 60_000 },
      exceeds: [{ account: 'session/hello', unit: 'costMicros', limit: 1_000_000, wanted: 700_000 }],
    },
    questionHash: 'abc',
    status: 'open',
    askedAt: Date.UTC(2026, 2, 1, 9),
    decidedAt: null,
    decidedBy: null,
    usedAt: null,
  };
  const none = (): never => {
    throw new Error('this was not expected');
  };
  const question = 'may attempt 2 of each[1] in hello, by writer, go over its budget by reserving $0.70?';

  test('are listed with what they ask', async () => {
    const approvals = { list: async () => [approval], get: none, decide: none };
    const { stdout } = await withClient(['approvals', 'list'], { approvals });
    expect(stdout).toContain(question);
    const json = await withClient(['approvals', 'list', '-o', 'json'], { approvals });
    expect(JSON.parse(json.stdout)).toMatchObject({ approvals: [{ id: 'a-1', askedAt: '2026-03-01T09:00:00.000Z' }] });
  });

  test('are shown with the limits that they exceed, and their hash', async () => {
    const { stdout } = await withClient(['approvals', 'show', 'a-1'], {
      approvals: { list: none, get: async () => approval, decide: none },
    });
    expect(stdout).toContain('Exceeds  the budget of session hello, which is $1.00');
    expect(stdout).toContain('Hash     abc');
  });

  test('are shown with who has what they need, where they are about conflicts', async () => {
    const conflict: Approval = {
      ...approval,
      question: {
        kind: 'conflict',
        session: 'hello',
        run: 'fix',
        attempt: 1,
        needs: { writes: ['file:a'], reads: ['repo:main'] },
        inSpiteOf: ['file:a, which task fix of session other writes'],
      },
    };
    const approvals = { list: async () => [conflict], get: async () => conflict, decide: none };
    const listed = await withClient(['approvals', 'list'], { approvals });
    expect(listed.stdout).toContain('may attempt 1 of fix in hello go ahead in spite of a conflict?');
    const { stdout } = await withClient(['approvals', 'show', 'a-1'], { approvals });
    expect(stdout).toContain(
      '  Writes   file:a\n  Reads    repo:main\n  Needs    file:a, which task fix of session other writes\n',
    );
  });

  test.each([
    ['approve', 'approved'],
    ['reject', 'rejected'],
  ] as const)('%s answers as %s', async (verb, status) => {
    const answers: unknown[] = [];
    const { exitCode, stdout } = await withClient(['approvals', verb, 'a-1', '--by', 'ada'], {
      approvals: {
        list: none,
        get: none,
        decide: async (...answer) => {
          answers.push(answer);
          return { ...approval, status };
        },
      },
    });
    expect([exitCode, answers]).toEqual([0, [['a-1', status, 'ada']]]);
    expect(stdout).toBe(`a-1 is ${status}: ${question}\n`);
  });
});
