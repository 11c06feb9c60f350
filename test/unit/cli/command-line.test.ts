import { OrchestraError } from '../../../src/domain/errors';
import { until } from '../../helpers/until';
import { installation, run, start } from './scripted-host';

const plan = `
version: 1
name: hello
inputs: { name: { type: string, required: true } }
tasks: { greet: { run: [echo, hi] } }
`;
const files = { '/home/ada/hello.plan.yaml': plan };

describe('usage', () => {
  test('a misspelt command is answered with the right one', async () => {
    const { exitCode, stderr, stdout } = await run(['valdate', 'x']);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain("unknown command 'valdate'\n(Did you mean validate?)");
  });

  test('a misspelt option is answered with the right one', async () => {
    const { exitCode, stderr } = await run(['run', 'hello.plan.yaml', '--inptu', 'a=b']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('(Did you mean --input?)');
  });

  test.each([
    [['run']],
    [['run', 'a', 'b']],
    [['run', 'a', '-o', 'xml']],
    [['sessions', 'list', '--status', 'happy']],
    [['sessions', 'list', '-n', 'many']],
    [['worker', 'everything']],
    [['learn', 'feedback', 'hello', 'greet', '--useful', '--not-useful']],
    [['request', '/v1/sessions', '--body', '-']],
    [['sessions']],
    [[]],
  ])('%j is bad usage', async (args) => {
    expect(await run(args)).toMatchObject({ exitCode: 2, stdout: '' });
  });

  test.each([['run'], ['validate'], ['graph'], ['schema'], ['dev'], ['worker'], ['doctor']])(
    '%s has help with examples',
    async (command) => {
      const { exitCode, stdout } = await run([command, '--help']);
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/^Usage: orchestra /);
      expect(stdout).toContain('Examples:\n  $ ');
      expect(stdout).toContain('--data <dir>');
    },
  );

  test.each([['list'], ['show'], ['watch'], ['pause'], ['resume'], ['cancel'], ['retry'], ['plan'], ['edit']])(
    'sessions %s has help with examples',
    async (command) => {
      expect((await run(['sessions', command, '--help'])).stdout).toContain(
        `Examples:\n  $ orchestra sessions ${command}`,
      );
    },
  );

  test('the version is that of the package', async () => {
    expect(await run(['--version'])).toMatchObject({ exitCode: 0, stdout: '1.2.3\n' });
  });
});

describe('an empty argument names nothing', () => {
  test.each([
    [['run', ''], 'file'],
    [['sessions', 'cancel', ' '], 'id'],
    [['sessions', 'cancel-task', 'hello', ''], 'task'],
    [['agents', 'add', 'a.yaml', ''], 'source'],
    [['learn', 'forget', 'd-1', 'd-2', ''], 'id'],
  ])('%j', async (args, name) => {
    expect(await run(args)).toMatchObject({
      exitCode: 2,
      stderr: `error: argument '${name}' is empty\nAdd --help to see what can be written.\n`,
    });
  });
});

describe('output that cannot be written', () => {
  const failing = (code: string): NodeJS.ErrnoException => Object.assign(new Error(`write ${code}`), { code });

  test('is told, and no success', async () => {
    const { exitCode, stderr } = await run(['schema'], { stdoutFailure: failing('ENOSPC') });
    expect([exitCode, stderr]).toEqual([
      1,
      'Output is missing: stdout could not be written, because no space is left there.\n',
    ]);
  });

  test('is no fault where its reader has gone', async () => {
    expect(await run(['schema'], { stdoutFailure: failing('EPIPE') })).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('leaves the exit code of what went wrong before', async () => {
    const { exitCode, stderr } = await run(['run', 'nope.yaml'], { stdoutFailure: failing('EIO') });
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/there is no such file\nOutput is missing: .* because write EIO\.\n$/);
  });
});

describe('bad input is refused before anything is opened', () => {
  // The scripted data folder allows no call: opening anything fails the test with another exit code and message.
  test('a file that is not there', async () => {
    const { exitCode, stderr } = await run(['run', 'nope.yaml']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('nope.yaml:1:1: cannot be read: there is no such file');
  });

  test('a faulty plan, with every place', async () => {
    const faulty = plan.replace('run: [echo, hi]', 'rnu: [echo, hi], needs: [gret]');
    const { exitCode, stderr } = await run(['run', 'hello.plan.yaml'], {
      files: { '/home/ada/hello.plan.yaml': faulty },
    });
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/hello\.plan\.yaml:5:\d+: .*rnu/);
  });

  test.each([
    ['a missing input', [], 'name: is required'],
    ['an unknown input', ['--input', 'nmae=Ada'], 'did you mean "name"?'],
    ['an input without a value', ['--input', 'name'], 'write name=value'],
    [
      'an input from a file that is not there',
      ['--input', 'name=@gone.txt'],
      '"gone.txt" cannot be read: there is no such file. It was looked for at /home/ada/gone.txt.',
    ],
    ['an id that is none', ['--input', 'name=Ada', '--id', 'a/b'], '"a/b" is no session id'],
  ])('%s', async (_, args, message) => {
    const { exitCode, stdout, stderr } = await run(['run', 'hello.plan.yaml', ...args], { files });
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });
});

const task = ['tasks', 'submit', '--type', 'letter', '--agent', 'ada'];

test.each([
  [['learn', 'report', 'gone']],
  [['audit', 'verify', '--anchors', 'gone']],
  [['request', '/v1/plans/validate', '--method', 'POST', '--body', 'gone']],
  [[...task, '--prompt', '@gone']],
  [[...task, '--input', '@gone']],
])('a file that %j names is looked for from the working directory, before anything is opened', async (args) => {
  expect(await run(args)).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr:
      '"gone" cannot be read: there is no such file. It was looked for at /home/ada/gone. Name one that is there, and that you may read.\n',
  });
});

describe('plan files', () => {
  test('a valid one is named with its tasks', async () => {
    const { exitCode, stdout } = await run(['validate', 'hello.plan.yaml'], { files });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^hello\.plan\.yaml: plan "hello" is valid \(1 task, version [0-9a-f]{12}\)\n$/);
  });

  test('issues are one a line on stdout, or an object', async () => {
    const faulty = { files: { '/home/ada/bad.yaml': 'version: 1\nname: bad\ntaks: {}\n' } };
    const text = await run(['validate', 'bad.yaml'], faulty);
    expect(text).toMatchObject({ exitCode: 2, stderr: '' });
    expect(text.stdout).toMatch(/^bad\.yaml:3:1: .*did you mean "tasks"/m);
    const json = await run(['validate', 'bad.yaml', '-o', 'json'], faulty);
    expect(json.exitCode).toBe(2);
    expect(JSON.parse(json.stdout)).toMatchObject({
      valid: false,
      file: 'bad.yaml',
      issues: expect.arrayContaining([expect.objectContaining({ file: 'bad.yaml', line: 3, column: 1 })]),
    });
  });

  test('the graph is Mermaid, the schema JSON', async () => {
    expect((await run(['graph', 'hello.plan.yaml'], { files })).stdout).toMatch(/^flowchart TD\n/);
    expect(JSON.parse((await run(['schema'])).stdout)).toHaveProperty('$schema');
  });
});

describe('a second dev', () => {
  const second = (devApi: { url: string; tokenFile: string } | null) =>
    run(['dev'], { folder: { openRunning: async () => installation({ webUiUrl: 'http://127.0.0.1:8233', devApi }) } });

  test('says where everything of the first is', async () => {
    const { exitCode, stdout } = await second({ url: 'http://127.0.0.1:4701', tokenFile: '/data/api-token' });
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`orchestra dev already runs on /data, as process 4711.
  Temporal Web UI  http://127.0.0.1:8233
  API              http://127.0.0.1:4701
  API operations   http://127.0.0.1:4701/docs
  API token        /data/api-token (`);
  });

  test('says so where the first is still starting its API', async () => {
    expect((await second(null)).stdout).toContain('  API              not ready yet\n  Temporal  ');
  });
});

test('a worker says what it takes on', async () => {
  const running = installation({ startWorkers: async () => undefined, report: () => undefined });
  const command = start(['worker'], { folder: { openRunning: async () => running } });
  await until('it works', () => command.said.stdout !== '');
  command.signal('SIGTERM');
  expect((await command.ended).stdout).toBe(
    'Takes sessions, agents, learning and health from 127.0.0.1:7233. Ctrl-C stops it.\n',
  );
});

describe('what goes wrong', () => {
  test('servers that are not there are told with what to do, for the same data folder', async () => {
    const { exitCode, stderr } = await run(['--data', 'd', 'sessions', 'list'], {
      folder: { openRunning: async () => undefined },
    });
    expect(exitCode).toBe(4);
    expect(stderr).toContain('Start `orchestra --data d dev`');
  });

  test('an error for users is its message, without a stack', async () => {
    const { exitCode, stderr } = await run(['doctor'], {
      folder: { inspect: () => Promise.reject(new OrchestraError('COMMAND_REFUSED', 'Not\u001b[31m now.')) },
    });
    expect([exitCode, stderr]).toEqual([1, 'Not now.\n']);
  });

  test('an unexpected error is its message and a hint; with debugging on, its stack and cause', async () => {
    const folder = {
      inspect: () => Promise.reject(new Error('outer', { cause: new Error('inner') })),
    };
    const brief = await run(['doctor'], { folder });
    expect(brief.exitCode).toBe(1);
    expect(brief.stderr).toContain('outer\nSet ORCHESTRA_DEBUG=1');
    const detailed = await run(['doctor'], { folder, isDebugging: true });
    expect(detailed.stderr).toMatch(/Error: outer\n +at [^]*Caused by: Error: inner\n +at /);
  });

  test('doctor fails only for what is missing', async () => {
    const found = { name: 'Node.js', status: 'ok', detail: '20.19.0' } as const;
    const noted = { name: 'Temporal server', status: 'note', detail: 'none', remedy: 'It is downloaded.' } as const;
    const healthy = await run(['doctor'], { folder: { inspect: async () => [found, noted] } });
    expect(healthy).toMatchObject({
      exitCode: 0,
      stdout: '✔ Node.js: 20.19.0\n! Temporal server: none\n    It is downloaded.\n',
    });
    const missing = { name: 'PostgreSQL', status: 'missing', detail: 'gone' } as const;
    const ill = await run(['doctor', '-o', 'json'], { folder: { inspect: async () => [found, missing] } });
    expect(ill.exitCode).toBe(1);
    expect(JSON.parse(ill.stdout)).toEqual({ healthy: false, dataFolder: '/data', checks: [found, missing] });
  });
});
