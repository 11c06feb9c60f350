import { definitionOf } from '../../helpers/agent-definitions';
import { overviewOf, runWith } from './agent-commands';
import { run } from './scripted-host';

const writer = 'name: writer\nconnector: command\ncommand: [node, write.mjs]\n';

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
      '--cost-per-attempt: must not be negative',
    ],
    [
      'a negative cost of an hour',
      ['a', '--connector', 'simulated', '--cost-per-hour', '-1'],
      '--cost-per-hour: must not be negative',
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
    ['a name alone', ['a'], 'To add the agent "a", say what it is to be, with one or more of --connector, --type'],
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

  test('of nothing is refused before anything is opened', async () => {
    const { exitCode, stderr } = await run(['agents', 'update', 'writer']);
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringMatching(
        /^To change the agent "writer", say what it is to be, .*--max-concurrent.* no file or folder/,
      ),
    ]);
  });

  test('refuses what does not fit what is there', async () => {
    const { exitCode, stderr } = await runWith(['update', 'writer', '--url', 'https://x'], {
      find: async () => current,
    });
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('--url: unknown key "url"')]);
  });
});
