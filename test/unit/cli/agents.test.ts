import type { AgentOverview, AgentRegistry } from '../../../src/contracts/ports/agent-registry';
import { definitionOf } from '../../helpers/agent-definitions';
import { startTime } from './fixtures';
import { agents, client, installation, run } from './scripted-host';
import type { Ran } from './scripted-host';

const overviewOf = (name: string, parts: Partial<AgentOverview> = {}): AgentOverview => ({
  ...definitionOf(name),
  workspace: 'default',
  draining: false,
  revision: 1,
  createdAt: startTime,
  updatedAt: startTime,
  running: 0,
  record: { succeeded: 0, failed: 0 },
  ...parts,
});

const related = {
  tookOverFrom: [
    { agent: { workspace: 'default', name: 'planner' }, succeeded: 2, failed: 1, strength: 0.75, lastAt: 0 },
  ],
  handedOverTo: [
    { agent: { workspace: 'other', name: 'tester' }, succeeded: 0, failed: 1, strength: 0.667, lastAt: 0 },
  ],
};

const step = { capability: 'code', from: 0.5, to: 0.62, outcomes: 4, at: startTime };
const unasked = (): never => {
  throw new Error('nobody asks for that');
};
const learning = {
  query: unasked,
  feedback: unasked,
  forget: unasked,
  insights: unasked,
  forgetInsights: unasked,
  steps: async () => [step, { ...step, from: 0.4, to: 0.5 }],
};
const events = [
  { at: startTime, kind: 'breaker-opened' as const, why: '5 attempts failed in a row' },
  { at: startTime - 1_000, kind: 'online' as const, why: null },
];
/** What was done to circuit breakers. */
const handled: unknown[] = [];
const breakers = {
  quarantine: async (...given: unknown[]) => void handled.push(given),
  reset: async (...given: unknown[]) => void handled.push(given),
  events: async () => events,
};

const runWith = (args: string[], script: Partial<AgentRegistry>, files: Record<string, string> = {}): Promise<Ran> =>
  run(['agents', ...args], {
    files,
    folder: {
      openRunning: async () =>
        installation({
          agents: agents(script),
          relationships: { of: async () => related },
          client: client({ learning }),
          breakers,
        }),
    },
  });

const writer = 'name: writer\nconnector: command\ncommand: [node, write.mjs]\n';

test.each([['list'], ['show'], ['add'], ['update'], ['drain'], ['undrain'], ['quarantine'], ['reset'], ['remove']])(
  'agents %s has help with examples',
  async (command) => {
    expect((await run(['agents', command, '--help'])).stdout).toContain(`Examples:\n  $ orchestra agents `);
  },
);

describe('add', () => {
  test('files and folders, all at once, and says which secrets they need', async () => {
    const added: unknown[] = [];
    const { exitCode, stdout, stderr } = await runWith(
      ['add', 'team', 'writer.yaml'],
      { add: async (...given) => void added.push(given) },
      {
        '/home/ada/team/b.json': '{ "name": "b", "connector": "http", "url": "https://b/${{ secrets.KEY }}" }',
        '/home/ada/team/a.yml': 'name: a\nconnector: simulated\n',
        '/home/ada/team/notes.txt': 'no agent',
        '/home/ada/writer.yaml': writer,
      },
    );
    expect(added).toEqual([
      [
        'default',
        [
          expect.objectContaining({ name: 'a' }),
          expect.objectContaining({ name: 'b' }),
          expect.objectContaining({ name: 'writer' }),
        ],
      ],
    ]);
    expect([exitCode, stdout]).toEqual([0, 'Agent a is added.\nAgent b is added.\nAgent writer is added.\n']);
    expect(stderr).toBe('It needs a secret: `orchestra agents secrets set b KEY` reads it from stdin.\n');
  });

  test('one by options', async () => {
    const added: unknown[] = [];
    const args = ['add', 'writer', '--type', 'codex', '--connector', 'command', '--command', `node 'my agent.mjs'`];
    const { exitCode } = await runWith(
      [
        ...args,
        '--capability',
        'code.write=0.8',
        '--capability',
        'plan',
        '--technology',
        'rust',
        '--env',
        'A=1',
        '--shared',
        '--cost-per-hour',
        '2.5',
      ],
      { add: async (...given) => void added.push(given) },
    );
    expect(exitCode).toBe(0);
    expect(added).toEqual([
      [
        'default',
        [
          definitionOf('writer', {
            type: 'codex',
            connector: {
              connector: 'command',
              command: ['node', 'my agent.mjs'],
              env: { A: '1' },
              stdin: 'json',
              output: 'json',
            },
            capabilities: [
              { name: 'code.write', proficiency: 0.8, technologies: ['rust'] },
              { name: 'plan', proficiency: 1, technologies: ['rust'] },
            ],
            cost: { perHourUsd: 2.5 },
            shared: true,
          }),
        ],
      ],
    ]);
  });

  test.each([
    [
      'a proficiency out of range',
      ['a', '--connector', 'simulated', '--capability', 'x=2'],
      '--capability [0].proficiency: must be at most 1',
    ],
    ['no capacity', ['a', '--connector', 'simulated', '--max-concurrent', '0'], '--max-concurrent: must be at least 1'],
    [
      'a capacity that is no number',
      ['a', '--connector', 'simulated', '--max-concurrent', 'few'],
      '--max-concurrent: must be a',
    ],
    [
      'a limit of no starts',
      ['a', '--connector', 'simulated', '--rate-limit', '0/1m'],
      '--rate-limit: must be ATTEMPTS',
    ],
    [
      'a negative cost',
      ['a', '--connector', 'simulated', '--cost-per-attempt', '-1'],
      'perAttemptUsd: must not be negative',
    ],
    ['too many memories', ['a', '--connector', 'simulated', '--remember', '21'], '--remember: must be at most 20'],
    ['a bad type', ['a', '--connector', 'simulated', '--type', 'a b'], '--type: must be letters'],
    ['an unknown connector', ['a', '--connector', 'smulated'], '(did you mean "simulated"?)'],
    ['no connector', ['a', '--tag', 'x'], '--connector: is missing'],
    ['a bad name', ['a b', '--connector', 'simulated'], 'NAME: must be letters'],
    ['a setting of another connector', ['a', '--connector', 'simulated', '--url', 'https://x'], 'unknown key "url"'],
    ['a header without a value', ['a', '--connector', 'http', '--url', 'https://x', '--header', 'X'], '--header'],
    ['an open quote', ['a', '--connector', 'command', '--command', `node 'x`], 'A quote is not closed'],
    ['two names', ['a', 'b', '--connector', 'simulated'], 'Options define one agent'],
  ])('%s is refused before anything is opened', async (_, args, message) => {
    const { exitCode, stdout, stderr } = await run(['agents', 'add', ...args]);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  test('faults of all files are told with their places, before anything is opened', async () => {
    const { exitCode, stderr } = await run(['agents', 'add', 'a.yaml', 'b.yaml', 'c.yaml', 'gone.yaml'], {
      files: {
        '/home/ada/a.yaml': writer,
        '/home/ada/b.yaml': `# again\n${writer}`,
        '/home/ada/c.yaml': `${writer}maxConcurrent: 0\n`,
      },
    });
    expect(exitCode).toBe(2);
    expect(stderr).toBe(
      'Nothing was changed, because of\n' +
        'c.yaml:4:16: maxConcurrent: must be at least 1\n' +
        'gone.yaml:1:1: cannot be read: there is no such file\n' +
        'b.yaml:2:7: name: "writer" is also the agent of a.yaml: rename one of them\n',
    );
  });

  test('a folder may hold other pages, which are named', async () => {
    const { stdout, stderr } = await runWith(
      ['add', 'team'],
      { add: async () => undefined },
      { '/home/ada/team/README.md': '# Team\n', '/home/ada/team/a.md': '---\nname: a\n---\nYou are a.\n' },
    );
    expect(stdout).toBe('Agent a is added.\n');
    expect(stderr).toBe('team/README.md:1:1: is no agent: it has no front matter\n');
  });

  test('a folder without agents is bad usage', async () => {
    const { exitCode, stderr } = await run(['agents', 'add', 'team'], { files: { '/home/ada/team/x.txt': '' } });
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('The folder team holds no agent file')]);
  });
});

describe('update', () => {
  test('replaces agents by files', async () => {
    const replaced: unknown[] = [];
    const ran = await runWith(
      ['update', 'writer.yaml', '-o', 'json'],
      { replace: async (...given) => void replaced.push(given) },
      { '/home/ada/writer.yaml': writer },
    );
    expect(JSON.parse(ran.stdout)).toEqual({ updated: ['writer'] });
    expect(replaced).toEqual([['default', [expect.objectContaining({ name: 'writer' })]]]);
  });

  const current = overviewOf('writer', {
    capabilities: [{ name: 'code', proficiency: 0.5, technologies: [] }],
    cost: { perHourUsd: 1 },
  });

  const changesOf = async (...args: string[]): Promise<unknown> => {
    const changes: unknown[] = [];
    const ran = await runWith(['update', 'writer', ...args], {
      find: async () => current,
      change: async (...given) => void changes.push(given),
    });
    expect(ran).toMatchObject({ exitCode: 0, stdout: 'Agent writer is updated.\n' });
    expect(changes).toEqual([[{ workspace: 'default', name: 'writer' }, expect.anything()]]);
    return (changes[0] as unknown[])[1];
  };

  test('changes what options name, and nothing else', async () => {
    expect(await changesOf('--max-concurrent', '3')).toEqual({ maxConcurrent: 3 });
    expect(await changesOf('--type', 'codex')).toEqual({ type: 'codex' });
    expect(await changesOf('--remember', '3')).toEqual({ remember: 3 });
    expect(await changesOf('--rate-limit', '60/60s')).toEqual({ rateLimit: '60/1m' });
    expect(await changesOf('--rate-limit', 'none')).toEqual({ rateLimit: null });
    expect(await changesOf('--no-shared')).toEqual({ shared: false });
    expect(await changesOf('--cost-per-attempt', '2')).toEqual({ cost: { perAttemptUsd: 2, perHourUsd: 1 } });
    expect(await changesOf('--technology', 'rust')).toEqual({
      capabilities: [{ name: 'code', proficiency: 0.5, technologies: ['rust'] }],
    });
    expect(await changesOf('--cwd', 'there')).toEqual({ connector: { ...current.connector, cwd: 'there' } });
    expect(await changesOf('--connector', 'http', '--url', 'https://x')).toEqual({
      connector: { connector: 'http', url: 'https://x', headers: {} },
    });
  });

  test('refuses what does not fit what is there', async () => {
    const { exitCode, stderr } = await runWith(['update', 'writer', '--url', 'https://x'], {
      find: async () => current,
    });
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('--url: unknown key "url"')]);
  });
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

test('list and show tell that an agent is in error, why, and what became of it before', async () => {
  const breaker = { state: 'open' as const, why: '5 attempts failed in a row', until: startTime };
  const agent = overviewOf('writer', { breaker });
  const { stdout: listed } = await runWith(['list'], { list: async () => [agent] });
  expect(listed).toMatch(/ error\n$/);
  const { stdout: shown } = await runWith(['show', 'writer'], { find: async () => agent });
  expect(shown).toMatch(/^writer {2}error\n/);
  expect(shown).toContain(
    '  In error     its circuit breaker is open until 2026-03-01T09:00:00.000Z, because 5 attempts failed in a row\n',
  );
  expect(shown).toMatch(/ {2}breaker-opened: 5 attempts failed in a row\n.* {2}online\n/);
  const { stdout: report } = await runWith(['show', 'writer', '-o', 'json'], { find: async () => agent });
  expect(JSON.parse(report)).toMatchObject({
    status: 'error',
    breaker: { ...breaker, until: '2026-03-01T09:00:00.000Z' },
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
  expect(handled).toEqual([[key, 'it leaks'], [key]]);
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
