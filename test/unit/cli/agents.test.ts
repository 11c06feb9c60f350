import type { AgentRegistry } from '../../../src/contracts/ports/agent-registry';
import { unknownAgent } from '../../../src/domain/agents/agent-errors';
import { handled, overviewOf, related, runWith } from './agent-commands';
import { startTime } from './fixtures';
import { run } from './scripted-host';

test.each([
  ['list'],
  ['show'],
  ['add'],
  ['update'],
  ['drain'],
  ['undrain'],
  ['quarantine'],
  ['reset'],
  ['recover'],
  ['events'],
  ['remove'],
])('agents %s has help with examples', async (command) => {
  expect((await run(['agents', command, '--help'])).stdout).toContain(`Examples:\n  $ orchestra agents `);
});

describe('list', () => {
  test('is a table', async () => {
    const found = [
      overviewOf('writer', {
        capabilities: ['a', 'b', 'c', 'd'].map((name) => ({ name, proficiency: 1, technologies: [] })),
        running: 1,
        record: { succeeded: 5, failed: 2 },
      }),
      overviewOf('writer', { workspace: 'other', type: 'codex', draining: true, maxConcurrent: 3 }),
    ];
    const { stdout, stderr } = await runWith(['list'], { list: async () => found });
    expect(stdout).toBe(
      'AGENT         TYPE     CAPABILITIES  RUNNING  SUCCEEDED  STATUS\n' +
        'writer        command  a, b, c, +1   1/1      5 of 7     busy\n' +
        'other/writer  codex    -             0/3      -          draining\n',
    );
    expect(stderr).toBe('');
  });

  test('passes filters on, and says how to go on', async () => {
    const asked: unknown[] = [];
    const { stdout, stderr } = await runWith(
      ['list', 'code', 'review', '--tag', 'fast', '--type', 'codex', '-n', '1', '--after', 'other/a', '-o', 'json'],
      {
        list: async (...given) => {
          asked.push(given);
          return [overviewOf('b', { type: 'codex' }), overviewOf('c')];
        },
      },
    );
    expect(asked).toEqual([
      [
        'default',
        { query: 'code review', tag: 'fast', type: 'codex', limit: 2, after: { workspace: 'other', name: 'a' } },
      ],
    ]);
    expect(JSON.parse(stdout)).toMatchObject({
      agents: [
        {
          name: 'b',
          type: 'codex',
          status: 'online',
          record: { succeeded: 0, failed: 0 },
          createdAt: '2026-03-01T09:00:00.000Z',
        },
      ],
      next: 'b',
    });
    expect(stderr).toBe('');
  });

  test('says what to do where there is none', async () => {
    const { exitCode, stdout, stderr } = await runWith(['list'], { list: async () => [] });
    expect([exitCode, stdout]).toEqual([0, '']);
    expect(stderr).toContain('There is no agent yet. Add one: `orchestra agents add FILE`');
    expect((await runWith(['list', 'x'], { list: async () => [] })).stderr).toBe('There is no such agent.\n');
  });
});

test('show tells everything', async () => {
  const agent = overviewOf('writer', {
    description: 'Writes\u001b[31m code',
    instructions: 'Be brief.\n',
    capabilities: [{ name: 'code', proficiency: 0.5, technologies: ['rust'] }],
    tags: ['fast'],
    remember: 3,
    cost: { perAttemptUsd: 0.5, perHourUsd: 2 },
    shared: true,
    revision: 4,
  });
  const asked: unknown[] = [];
  const { stdout } = await runWith(['show', 'other/writer'], {
    find: async (...given) => {
      asked.push(given);
      return agent;
    },
  });
  expect(asked).toEqual([['default', { workspace: 'other', name: 'writer' }]]);
  expect(stdout).toMatch(
    /^writer {2}online\n {2}Description {2}Writes code\n {2}Type {9}command\n {2}Running {6}0 of 1\n/,
  );
  expect(stdout).toMatch(
    /\n {2}Expected {5}bug-fix \(code\): succeeds in 86% .*by 71 outcomes; takes about 22s, nine of ten at most 41s\n/,
  );
  expect(stdout).toMatch(
    / {2}Went on from planner 2 of 3 \(75%, last \S+ \S+\)\n {2}Handed to {4}other\/tester 0 of 1 \(67%, last \S+ \S+\)\n/,
  );
  expect(stdout).toMatch(
    /\n {2}Capabilities code 0\.5 \(rust\)\n {2}Learnt {7}code 0\.5 → 0\.62 \(.*\)\n {2}Remembers {4}up to 3 memories with a prompt\n {2}Tags {9}fast\n/,
  );
  expect(stdout).toContain('  Cost         $0.5 an attempt, $2 an hour\n  Shared       with other workspaces\n');
  expect(stdout).toContain('  command: ["run","writer"]\n');
  expect(stdout).toMatch(/\n\nBe brief\.\n$/);
});

test('show tells programs of the agents that it worked with', async () => {
  const { stdout } = await runWith(['show', 'writer', '-o', 'json'], { find: async () => overviewOf('writer') });
  expect(JSON.parse(stdout)).toMatchObject({
    name: 'writer',
    type: 'command',
    relationships: {
      tookOverFrom: [{ ...related.tookOverFrom[0], lastAt: '1970-01-01T00:00:00.000Z' }],
      handedOverTo: [{ ...related.handedOverTo[0], lastAt: '1970-01-01T00:00:00.000Z' }],
    },
    proficiencySteps: [{ capability: 'code', from: 0.5, to: 0.62, at: new Date(startTime).toISOString() }, { to: 0.5 }],
  });
});

test('list and show tell that an agent is in error or unlike its past, why, and what became of it before', async () => {
  const breaker = { state: 'open' as const, why: '5 attempts failed in a row', until: startTime };
  const agent = overviewOf('writer', { breaker });
  const { stdout: listed } = await runWith(['list'], { list: async () => [agent] });
  expect(listed).toMatch(/ error\n$/);
  const { stdout: shown } = await runWith(['show', 'writer'], { find: async () => agent });
  expect(shown).toMatch(/^writer {2}error\n/);
  expect(shown).toContain(
    '  In error     its circuit breaker is open until 2026-03-01T09:00:00.000Z, because 5 attempts failed in a row\n',
  );
  expect(shown).toContain('  Unusual      it fails more than it did (since ');
  expect(shown).toMatch(/ {2}breaker-opened: 5 attempts failed in a row\n.* {2}online\n/);
  const { stdout: report } = await runWith(['show', 'writer', '-o', 'json'], { find: async () => agent });
  expect(JSON.parse(report)).toMatchObject({
    status: 'error',
    breaker: { ...breaker, until: '2026-03-01T09:00:00.000Z' },
    unusual: [{ since: '2026-03-01T09:00:00.000Z', why: 'fails more than it did' }],
    events: [
      { at: '2026-03-01T09:00:00.000Z', kind: 'breaker-opened' },
      { kind: 'online', why: null },
    ],
  });
});

test('quarantine and reset say what they did', async () => {
  expect((await runWith(['quarantine', 'a', '--reason', 'it leaks'], {})).stdout).toBe(
    'Agent a is in quarantine: it gets no new work until `orchestra agents reset a`.\n',
  );
  expect((await runWith(['reset', 'a'], {})).stdout).toBe('Agent a gets work again.\n');
  const key = { workspace: 'default', name: 'a' };
  expect(handled).toEqual([
    [key, 'it leaks', 'command line'],
    [key, 'command line'],
  ]);
  expect((await runWith(['quarantine', 'a'], {})).exitCode).toBe(2);
});

test('drain, undrain and remove say what they did', async () => {
  const draining: boolean[] = [];
  const script: Partial<AgentRegistry> = {
    setDraining: async (_, on) => void draining.push(on),
    find: async () => overviewOf('a', { running: 2, draining: true }),
    remove: async () => undefined,
  };
  expect((await runWith(['drain', 'a'], script)).stdout).toBe(
    'Agent a takes no new work; 2 in flight, which end first.\n',
  );
  expect((await runWith(['undrain', 'a'], script)).stdout).toBe('Agent a takes work again.\n');
  expect((await runWith(['remove', 'a'], script)).stdout).toBe(
    'Agent a is removed, with its secrets and its record.\n',
  );
  expect(draining).toEqual([true, false]);
});

test('tokens of an agent that does not exist are bad input, not none', async () => {
  const find: AgentRegistry['find'] = async (workspace, { name }) => {
    throw unknownAgent(workspace, name, []);
  };
  const { exitCode, stderr } = await runWith(['tokens', 'list', 'nobody'], { find }, {}, { agentTokens: {} as never });
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('There is no agent "nobody"')]);
});
