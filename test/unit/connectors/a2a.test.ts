import { TaskState } from '@a2a-js/sdk';
import type { Task } from '@a2a-js/sdk';
import { createA2aConnector } from '../../../src/connectors/a2a';
import type { A2aDependencies } from '../../../src/connectors/a2a';
import { stateOf } from '../../../src/connectors/a2a/task-state';
import type { AttemptReport } from '../../../src/contracts/ports/connector';
import { judge } from '../../../src/domain/judge';
import type { A2aAgent } from '../../../src/domain/plan/plan';
import { startA2aAgent } from '../../helpers/a2a/start-agent';
import type { AgentCall, FakeAgent } from '../../helpers/a2a/start-agent';
import { until } from '../../helpers/until';
import { a2aAgent, attemptOf, recordedContext } from './attempt';

let agent: FakeAgent;
beforeAll(async () => {
  agent = await startA2aAgent();
});
afterAll(() => agent.stop());

const polling = { firstMs: 10, longestMs: 20, factor: 2, failures: 4 };
const connector = (changes: Partial<A2aDependencies> = {}) =>
  createA2aConnector({ now: () => 0, polling, cancelGraceMs: 300, ...changes });

/** Gives an agent that does confirm all the time that it may take. */
const patient = { cancelGraceMs: 60_000 };

interface Asked {
  path?: string;
  settings?: Partial<A2aAgent>;
  attempt?: Parameters<typeof attemptOf<A2aAgent>>[1];
  context?: ReturnType<typeof recordedContext>;
  dependencies?: Partial<A2aDependencies>;
}

const ask = (prompt: string, { path = '/v1', settings, attempt, context, dependencies }: Asked = {}) =>
  connector(dependencies).run(
    attemptOf(a2aAgent(`${agent.address}${path}`, settings), { prompt, ...attempt }),
    context ?? recordedContext(),
  );

/** What the agent was asked for one attempt. */
const callsOf = async (idempotencyKey: string): Promise<AgentCall[]> => {
  const calls = await agent.calls();
  const first = calls.findIndex(({ body }) => body.params?.message?.messageId === idempotencyKey);
  return first === -1 ? [] : calls.slice(first);
};

const kinds = ({ evidence }: AttemptReport) => evidence.map(({ kind, says }) => `${kind} ${says}`);

describe.each<[string, string, Partial<A2aAgent>]>([
  ['JSON-RPC of version 1.0', '/v1', {}],
  ['JSON-RPC of version 0.3', '/v03', { protocolVersion: '0.3' }],
  ['HTTP with JSON', '/rest', { transport: 'http+json' }],
])('an agent that speaks %s', (_, path, settings) => {
  const asked = { path, settings };

  test('is followed until its task is completed', async () => {
    const context = recordedContext();
    const { output, evidence } = await ask('slowly', { ...asked, context });
    expect(output).toBe('at last');
    expect(evidence).toEqual([{ kind: 'task-state', says: 'succeeded', detail: 'task completed' }]);
    expect(context.updates).toContainEqual({ message: 'halfway' });
  });

  test.each([
    ['text', 'It was the cache.'],
    ['data', { cause: 'é', lines: [3] }],
    [
      'files',
      [
        'See',
        expect.objectContaining({ url: 'https://x/a', filename: 'a.txt', mediaType: 'text/plain' }),
        expect.objectContaining({ base64: 'aGk=', filename: 'b' }),
        2,
      ],
    ],
    ['last words', 'All is well.'],
    ['message', 'Hello.'],
  ])('hands over %s', async (prompt, output) => {
    const report = await ask(prompt, asked);
    expect(report.output).toEqual(output);
    expect(kinds(report)).toEqual(['task-state succeeded']);
  });

  test('is told to cancel what it does when the attempt is aborted', async () => {
    const context = recordedContext();
    const running = ask('never', { ...asked, context, dependencies: patient });
    await context.message('halfway');
    context.abort();
    expect(kinds(await running)).toEqual(['aborted failed']);
  });
});

describe('what an agent is told', () => {
  test('are instructions and prompt as text, the input as data, and the attempt as metadata', async () => {
    const idempotencyKey = 'acme/fix-42/told';
    await ask('text', { attempt: { idempotencyKey, instructions: 'Be brief.', attempt: 2 } });
    const [call] = await callsOf(idempotencyKey);
    expect(call?.body).toMatchObject({
      method: 'SendMessage',
      params: {
        message: {
          messageId: idempotencyKey,
          role: 'ROLE_USER',
          parts: [{ text: 'Be brief.\n\ntext' }, { data: { depth: 2 } }],
          metadata: { session: 'fix-42', task: 'research', attempt: 2, context: { list: { status: 'succeeded' } } },
        },
        configuration: { returnImmediately: true },
      },
    });
  });

  test('are its headers with every request, and its tenant', async () => {
    const idempotencyKey = 'acme/fix-42/headers';
    const settings = { headers: { Authorization: 'Bearer x' }, tenant: 'kitchen' };
    await ask('slowly', { settings, attempt: { idempotencyKey } });
    const calls = await callsOf(idempotencyKey);
    expect(calls.length).toBeGreaterThan(1);
    for (const { headers, body } of calls) {
      expect(headers).toMatchObject({ authorization: 'Bearer x', 'a2a-version': '1.0' });
      expect(body.params).toMatchObject({ tenant: 'kitchen' });
    }
  });
});

describe('a task that is not completed', () => {
  test.each([
    ['fail', 'task failed', true, 'The disk is full.'],
    ['reject', 'task rejected', false, 'I only cook.'],
    ['cancel', 'task canceled', true, 'Nobody here had asked for that'],
    ['input', 'task input-required', false, 'Which repository?'],
    ['auth', 'task auth-required', false, 'headers'],
  ])('because of %s is a failure', async (prompt, detail, retryable, words) => {
    const report = await ask(prompt);
    expect(report).toMatchObject({
      output: null,
      evidence: [{ kind: 'task-state', says: 'failed', detail }],
      retryable,
    });
    expect(report.error).toContain(words);
  });

  test('and asks for something is cancelled, since nobody will answer', async () => {
    const idempotencyKey = 'acme/fix-42/asks';
    await ask('input', { attempt: { idempotencyKey } });
    expect((await callsOf(idempotencyKey)).map(({ body }) => body.method)).toContain('CancelTask');
  });

  test('tells of its usage as one that is', async () => {
    expect((await ask('usage')).usage).toEqual({ tokens: 12, costUsd: 0.01 });
    expect((await ask('fail')).usage).toEqual({ tokens: 3 });
  });
});

describe('an agent that lies', () => {
  test('by completing a task without handing anything over is contradicted', async () => {
    const report = await ask('empty');
    expect(kinds(report)).toEqual(['task-state succeeded', 'output-format failed']);
    expect(judge(report).verdict).toBe('contradictory');
    expect(report.error).toContain('nothing was handed over');
  });

  test('about what it hands over is contradicted', async () => {
    const report = await ask('x', { path: '/lies/unknown-part' });
    expect([report.output, judge(report).verdict]).toEqual([null, 'contradictory']);
  });

  test.each([
    ['/lies/500', 'http-status failed', true, 'out of order'],
    ['/lies/429', 'http-status rate_limited', true, 'HTTP 429'],
    ['/lies/401', 'http-status failed', false, 'headers'],
    ['/lies/redirect', 'http-status failed', false, 'Redirects are not followed'],
    ['/lies/html', 'protocol failed', undefined, 'none of the A2A protocol'],
    ['/lies/json', 'protocol failed', undefined, 'none of the A2A protocol'],
    ['/lies/nothing', 'protocol failed', undefined, 'none of the A2A protocol'],
    ['/lies/state', 'protocol failed', undefined, 'the state of the task is none of the protocol'],
    ['/lies/another-task', 'protocol failed', undefined, 'it told of another'],
    ['/lies/refuses', 'protocol failed', false, 'error -32601: no such method'],
    ['/lies/breaks', 'protocol failed', true, 'error -32603: it broke'],
    ['/lies/forgets', 'protocol failed', true, 'Task not found'],
    ['/lies/gone', 'connection failed', true, 'could not be reached'],
  ])('at %s is not believed', async (path, kind, retryable, words) => {
    const report = await ask('x', { path });
    expect(kinds(report)).toEqual([kind]);
    expect([report.output, report.retryable]).toEqual([null, retryable]);
    expect(report.error).toContain(words);
  });

  test('about its size is not read to the end', async () => {
    const report = await ask('x', { path: '/lies/large', dependencies: { outputLimitBytes: 5_000 } });
    expect(kinds(report)).toEqual(['output-size failed']);
  });

  test('by going on after it was told to cancel is said to be at work still', async () => {
    const context = recordedContext();
    const running = ask('stubborn', { context });
    await context.message('halfway');
    context.abort();
    const { evidence } = await running;
    expect(evidence[0]).toMatchObject({ kind: 'aborted', says: 'failed' });
    expect(evidence[1]).toMatchObject({ kind: 'cancel', says: 'nothing' });
    expect(evidence[1]?.detail).toMatch(/^not confirmed by the agent: task .+ is working$/);
  });

  test('by never answering is left when the attempt is aborted', async () => {
    const context = recordedContext();
    const idempotencyKey = 'acme/fix-42/silent';
    const running = ask('x', { path: '/lies/silent', context, attempt: { idempotencyKey } });
    await until('the agent is asked', async () => (await callsOf(idempotencyKey)).length > 0);
    context.abort();
    expect(kinds(await running)).toEqual(['aborted failed', 'cancel nothing']);
  });
});

test('an agent that is away while it works is asked again', async () => {
  expect((await ask('x', { path: '/lies/away' })).output).toBe('back');
});

test('an attempt that is aborted before it begins asks nobody', async () => {
  const context = recordedContext();
  context.abort();
  const idempotencyKey = 'acme/fix-42/before';
  expect(kinds(await ask('text', { context, attempt: { idempotencyKey } }))).toEqual(['aborted failed']);
  expect(await callsOf(idempotencyKey)).toEqual([]);
});

test('an agent without a valid address, or that is not there, is a failure of its own kind', async () => {
  const run = (url: string) => connector().run(attemptOf(a2aAgent(url)), recordedContext());
  expect(kinds(await run('ftp://agents.example'))).toEqual(['start failed']);
  expect(kinds(await run('http://127.0.0.1:1/'))).toEqual(['connection failed']);
});

test('the states are those of the protocol', () => {
  const stateNamed = (state: TaskState) => stateOf({ status: { state } } as Task);
  const states = Object.entries(TaskState).filter(
    (entry): entry is [string, TaskState] => typeof entry[1] === 'number',
  );
  const known = states.filter(([name]) => !/UNSPECIFIED|UNRECOGNIZED/.test(name));
  expect(known).toHaveLength(8);
  expect(known.map(([name, state]) => [name, stateNamed(state)])).toEqual(
    known.map(([name]) => [name, name.replace('TASK_STATE_', '').toLowerCase().replace('_', '-')]),
  );
});
