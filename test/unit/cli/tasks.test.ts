import type { StartOptions } from '../../../src/client/start-session';
import { readPlan, requirePlan } from '../../../src/contracts/schemas/read-plan';
import { singleTaskPlan } from '../../../src/domain/plan/single-task';
import type { Plan } from '../../../src/domain/plan/plan';
import type { Client, Installation, Session } from '../../../src/cli/ports';
import { OrchestraError } from '../../../src/domain/errors';
import type { Ran } from './scripted-host';
import { client, installation, run, session } from './scripted-host';

const ran = (args: string[], script: Partial<Installation>, files: Record<string, string> = {}): Promise<Ran> =>
  run(args, { files, folder: { openRunning: async () => installation(script) } });

async function submit(...args: string[]): Promise<Ran & { started: StartOptions | undefined }> {
  let started: StartOptions | undefined;
  const start = async (options: StartOptions): Promise<Session> => {
    started = options;
    return session({ id: 'bug-fix-k3f9', overview: async () => ({ firstPlanHash: options.hash }) as never });
  };
  const files = { '/home/ada/letter.txt': 'Dear all' };
  return { ...(await ran(['tasks', 'submit', ...args], { client: client({ start }) }, files)), started };
}

test('a task becomes a plan of one task, and its data inputs', async () => {
  const { stdout, exitCode, started } = await submit(
    ...['--type', 'bug-fix', '--capability', 'code.fix', '--technology', 'go', '--prompt', '@letter.txt'],
    ...['--input', '{"file":"a.ts"}', '--priority', '1', '--timeout', '5m', '--attempts', '2', '--budget-usd', '0.5'],
  );
  expect([exitCode, stdout]).toEqual([0, 'bug-fix-k3f9\n']);
  expect(started?.inputs).toEqual({ prompt: 'Dear all', input: { file: 'a.ts' } });
  expect(started?.plan.tasks['task']).toMatchObject({
    type: 'bug-fix',
    priority: 1,
    timeoutMs: 300_000,
    retry: { attempts: 2 },
    budget: { costMicros: 500_000 },
    work: { agent: { capability: 'code.fix', technologies: ['go'] } },
  });
});

test('what is missed in the registry is told with the option that asked for it', async () => {
  const named = await submit('--type', 'bug-fix', '--agent', 'ada');
  expect(named.started?.needs).toMatchObject([{ place: '--agent', choice: { name: 'ada' } }]);
  const able = await submit('--type', 'bug-fix', '--capability', 'code.fix');
  expect(able.started?.needs).toMatchObject([{ place: '--capability', choice: { capability: 'code.fix' } }]);
});

test('its id comes as JSON', async () => {
  const { stdout } = await submit('--type', 'bug-fix', '--agent', 'ada', '-o', 'json');
  expect(JSON.parse(stdout)).toEqual({ id: 'bug-fix-k3f9', type: 'bug-fix' });
});

test.each([
  [['--type', 'bug-fix'], 'either --agent with a name, or --capability'],
  [['--type', 'bug-fix', '--agent', 'ada', '--capability', 'x'], 'either --agent with a name, or --capability'],
  [['--type', 'bug-fix', '--agent', 'ada', '--tag', 'x'], '--technology and --tag go with --capability'],
  [['--type', 'bug-fix', '--agent', 'ada', '--input', '{'], '--input is no JSON'],
  [['--type', 'bug-fix', '--agent', 'ada', '--priority', '9'], 'Write a number from 1'],
  [
    ['--type', 'bug-fix', '--agent', 'ada', '--timeout', 'soon'],
    'The task cannot be done:\n--timeout: must be a duration',
  ],
  [
    ['--type', 'bug fix', '--agent', 'ada'],
    'done:\n--type: must be letters, digits, "-", "_" and ".", at most 63 characters\n',
  ],
  [['--type', 'bug-fix', '--capability', 'code fix'], 'The task cannot be done:\n--capability: must be letters'],
  [['--type', 'bug-fix', '--capability', 'a', '--tag', 'b c'], 'The task cannot be done:\n--tag: must be'],
  [['--type', 'bug-fix', '--agent', 'ada', '--id', 'no good'], 'is no session id'],
  [['--agent', 'ada'], '--type'],
])('%j is refused', async (args, words) => {
  const { exitCode, stderr, started } = await submit(...args);
  expect([exitCode, started]).toEqual([2, undefined]);
  expect(stderr).toContain(words);
});

describe('a task', () => {
  const tell = async (
    plan: Plan,
    [verb, ...args]: [verb: string, ...string[]],
    told = [] as unknown[],
  ): Promise<Ran> => {
    const found = session({
      id: 'bug-fix-k3f9',
      plan: async () => ({ plan, hash: '' }),
      runs: async () =>
        [{ run: 'task', status: 'cancelled', reason: 'cancelled', agent: 'ada', error: null, waitsFor: null }] as never,
      outputs: async () => new Map(),
      cancel: async (...given) => {
        told.push(given);
        return { status: 'running' };
      },
    });
    const routing = {
      outcomes: async () => [{ run: 'task', attempt: 1, agent: 'ada', verdict: 'cancelled' }],
    } as never;
    return ran(['tasks', verb, 'bug-fix-k3', ...args], { client: client({ get: async () => found }), routing });
  };
  const show = (plan: Plan, ...args: string[]): Promise<Ran> => tell(plan, ['get', ...args]);
  const read = async (plan: object): Promise<Plan> =>
    requirePlan(await readPlan({ file: 'task', text: JSON.stringify(plan) }, () => Promise.reject(new Error()))).plan;

  test('is shown with what it came to', async () => {
    const plan = await read(singleTaskPlan({ type: 'bug-fix', settings: { agent: 'ada' } }).plan);
    expect((await show(plan)).stdout).toBe('bug-fix-k3f9 (bug-fix) cancelled: somebody cancelled it, by ada\n');
    expect(JSON.parse((await show(plan, '-o', 'json')).stdout)).toMatchObject({
      status: 'cancelled',
      output: null,
      attempts: [{ verdict: 'cancelled' }],
    });
  });

  test('is cancelled', async () => {
    const told: unknown[] = [];
    const plan = await read(singleTaskPlan({ type: 'bug-fix', settings: { agent: 'ada' } }).plan);
    const { stdout } = await tell(plan, ['cancel', '--reason', 'wrong file'], told);
    expect([stdout, told]).toEqual([
      'Task bug-fix-k3f9 is being cancelled; its agent is told to stop.\n',
      [[{ reason: 'wrong file' }]],
    ]);
  });

  test.each(['get', 'cancel'])('is no session of a plan: %s', async (verb) => {
    const told: unknown[] = [];
    const tasks = { a: { agent: 'ada' }, b: { agent: 'ada' } };
    const { exitCode, stderr } = await tell(await read({ version: 1, name: 'two', tasks }), [verb], told);
    expect([exitCode, stderr, told]).toEqual([2, expect.stringContaining('is a session of a plan'), []]);
  });

  test.each(['get', 'cancel'])('is looked for as a task: %s', async (verb) => {
    const get: Client['get'] = async (id, what) => {
      throw new OrchestraError('TASK_NOT_FOUND', `There is no ${what} "${id}".`);
    };
    const { exitCode, stderr } = await ran(['tasks', verb, 'nope'], { client: client({ get }) });
    expect([exitCode, stderr]).toEqual([2, 'There is no task "nope".\n']);
  });
});

test('one task of a session is cancelled', async () => {
  const told: unknown[] = [];
  const cancelTask: Session['cancelTask'] = async (...given) => {
    told.push(given);
    return { status: 'running' };
  };
  const get = async (): Promise<Session> => session({ cancelTask });
  const { stdout } = await ran(['sessions', 'cancel-task', 'hello', 'greet', '--reason', 'enough'], {
    client: client({ get }),
  });
  expect(told).toEqual([['greet', { reason: 'enough' }]]);
  expect(stdout).toBe('Task greet of session hello-k3f9x2 is being cancelled; the session goes on.\n');
});
