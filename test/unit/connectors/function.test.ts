import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFunctionConnector } from '../../../src/connectors/function';
import type { FunctionDirectories } from '../../../src/connectors/function/find-function';
import { createFunctionThreads } from '../../../src/connectors/function/function-threads';
import type { AttemptReport } from '../../../src/contracts/ports/connector';
import { judge } from '../../../src/domain/judge';
import { until } from '../../helpers/until';
import { attemptOf, functionAgent, recordedContext } from './attempt';

const threads = createFunctionThreads({
  maxThreads: 2,
  memoryMb: 32,
  environment: { GREETING: 'Hello', PATH: process.env['PATH'] ?? '' },
});
let folder: string;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'functions-')));
  await mkdir(join(folder, 'plan'));
  await writeFile(
    join(folder, 'plan', 'tools.mjs'),
    `
import { appendFileSync } from 'node:fs';
export const double = ({ n }) => ({ doubled: 2 * n });
export const told = async (input, work) => work;
export const greet = () => process.env.GREETING + ' ' + (process.env.HOME ?? 'nobody');
export default () => 'by default';
export const nothing = () => undefined;
export const answer = 42;
export const throws = () => { throw new Error('no paper in the printer') };
export const throwsText = async () => { throw 'just text' };
export const hostileError = () => { throw { get name() { throw 1 }, toString() { throw 2 } } };
export const gives = { up: () => 1 };
export const refuses = () => { throw Object.assign(new Error('not my kind'), { name: 'WorkFailure', advice: { retryable: false, retryAfterMs: '5' } }) };
export const busy = () => { throw Object.assign(new Error('later'), { name: 'WorkFailure', advice: { rateLimited: true, retryAfterMs: 1500 } }) };
export const endless = ({ mark }) => { appendFileSync(mark, 'began'); for (;;) appendFileSync(mark, '.'); };
export const never = () => new Promise(() => {});
export const exits = () => process.exit(3);
export const exitsLater = () => new Promise(() => setTimeout(() => process.exit(0), 1));
export const rejectsAside = () => { void Promise.reject(new Error('forgotten')); return new Promise((done) => setTimeout(done, 5_000)) };
export const throwsAside = () => new Promise(() => setTimeout(() => { throw new Error('on the side') }, 1));
export const hungry = () => { const all = []; for (;;) all.push(new Array(100_000).fill(all.length)); };
export const giant = ({ length }) => 'x'.repeat(length);
export const circular = () => { const one = {}; one.one = one; return one; };
export const big = () => 10n;
export const code = () => () => 1;
export const prints = () => { console.log('not a result'); return 1; };
export const deep = () => { const again = () => again() + 1; return again(); };
`,
  );
  await writeFile(
    join(folder, 'plan', 'old.cjs'),
    `exports.triple = ({ n }) => 3 * n;\nexports['late' + 'r'] = () => 7;\n`,
  );
  await writeFile(
    join(folder, 'plan', 'typed.ts'),
    `interface Pair { a: number; b: number }\nexport function add({ a, b }: Pair): number {\n  return a + b;\n}\n`,
  );
  await writeFile(join(folder, 'plan', 'broken.mjs'), 'export const = 1;\n');
  await writeFile(join(folder, 'secret.mjs'), 'export default () => "secret";\n');
  await symlink(join(folder, 'secret.mjs'), join(folder, 'plan', 'link.mjs'));
});
afterAll(async () => {
  await threads.close();
  await rm(folder, { recursive: true, force: true });
});

const input = { n: 21 };

function call(
  module: string,
  options: { input?: object; directories?: FunctionDirectories; limitBytes?: number } = {},
  context = recordedContext(),
): Promise<AttemptReport> {
  const { directories = 'plan', limitBytes = 1_000_000 } = options;
  const connector = createFunctionConnector({
    functions: threads,
    functionDirectories: directories,
    outputLimitBytes: limitBytes,
  });
  const request = attemptOf(functionAgent(module), {
    input: (options.input ?? input) as { n: number },
    baseDirectory: join(folder, 'plan'),
  });
  return connector.run(request, context);
}

test('the result of the function is the output', async () => {
  const report = await call('./tools.mjs#double');
  expect(report).toEqual({
    output: { doubled: 42 },
    evidence: [{ kind: 'function', says: 'succeeded', detail: 'returned' }],
  });
  expect(judge(report).verdict).toBe('succeeded');
});

test.each([
  ['./tools.mjs', 'by default'],
  ['tools.mjs#nothing', null],
  ['./old.cjs#triple', 63],
  ['./old.cjs#later', 7],
])('%s gives %j', async (module, output) => {
  expect(await call(module)).toMatchObject({ output, evidence: [{ says: 'succeeded' }] });
});

test('a function may be written in TypeScript', async () => {
  expect((await call('./typed.ts#add', { input: { a: 1, b: 2 } })).output).toBe(3);
});

test('it is told what every agent is told, its idempotency key above all', async () => {
  expect((await call('./tools.mjs#told')).output).toEqual({
    workspace: 'acme',
    session: 'fix-42',
    task: 'research',
    attempt: 1,
    idempotencyKey: 'acme/fix-42/research',
    prompt: 'Find the cause',
    input,
    context: { list: { status: 'succeeded', error: null } },
  });
});

test('it sees none of the environment of the worker', async () => {
  expect((await call('./tools.mjs#greet')).output).toBe('Hello nobody');
});

test('a module that was changed is loaded again', async () => {
  const file = join(folder, 'plan', 'changing.mjs');
  for (const value of ['first', 'second, which is longer']) {
    await writeFile(file, `export default () => ${JSON.stringify(value)};\n`);
    // In each of the threads.
    const outputs = await Promise.all([call('./changing.mjs'), call('./changing.mjs'), call('./changing.mjs')]);
    expect(outputs.map(({ output }) => output)).toEqual([value, value, value]);
  }
});

test.each([
  ['./tools.mjs#dubble', 'no such export', /has no export dubble: it has .*double/],
  ['./tools.mjs#toString', 'no such export', /has no export toString/],
  ['./tools.mjs#answer', 'no function', /has an export answer that is no function, but number/],
  ['./missing.mjs', 'ENOENT', /is not there: .*missing\.mjs cannot be read \(ENOENT\)/],
  ['./broken.mjs', 'cannot be loaded', /cannot be loaded: /],
  ['../secret.mjs', 'outside of the allowed folders', /outside of the folders.*ORCHESTRA_FUNCTION_DIRECTORIES/],
  ['./link.mjs', 'outside of the allowed folders', /secret\.mjs, outside of the folders/],
  ['../unknown.mjs', 'outside of the allowed folders', /outside of the folders/],
])('%s cannot be called: %s', async (module, detail, words) => {
  const report = await call(module);
  expect(report).toMatchObject({
    output: null,
    retryable: false,
    evidence: [{ kind: 'start', says: 'failed', detail }],
  });
  expect(report.error).toMatch(words);
});

test('folders that are named are the only ones', async () => {
  expect(await call('./tools.mjs', { directories: [] })).toMatchObject({ retryable: false, error: /\(none\)/ });
  expect(await call('./tools.mjs', { directories: [join(folder, 'elsewhere')] })).toMatchObject({ retryable: false });
  expect((await call('../secret.mjs', { directories: [folder] })).output).toBe('secret');
});

test.each([
  ['throws', "Agent 'researcher' failed: no paper in the printer"],
  ['throwsText', "Agent 'researcher' failed: just text"],
  ['hostileError', "Agent 'researcher' failed: it threw something that cannot be shown"],
  ['deep', "Agent 'researcher' failed: Maximum call stack size exceeded"],
])('%s fails the attempt with the message', async (name, error) => {
  const report = await call(`./tools.mjs#${name}`);
  expect(report).toEqual({
    output: null,
    evidence: [{ kind: 'function', says: 'failed', detail: 'threw' }],
    error,
  });
});

test('a WorkFailure says what is to be done about it', async () => {
  // Advice that makes no sense is left out.
  const refused = await call('./tools.mjs#refuses');
  expect(refused.retryable).toBe(false);
  expect(refused).not.toHaveProperty('retryAfterMs');
  const busy = await call('./tools.mjs#busy');
  expect(busy.retryAfterMs).toBe(1_500);
  expect(judge(busy).verdict).toBe('rate_limited');
});

test.each([
  ['exits', 'it ended its thread with code 3'],
  ['exitsLater', 'it ended its thread with code 0'],
  ['rejectsAside', 'nobody caught its error: forgotten'],
  ['throwsAside', 'nobody caught its error: on the side'],
  ['hungry', 'it used more than 32 MB of memory'],
])('%s ends its thread, and nothing else', async (name, why) => {
  const report = await call(`./tools.mjs#${name}`);
  expect(report).toMatchObject({ output: null, evidence: [{ says: 'failed', detail: 'its thread ended' }] });
  expect(report.error).toContain(why);
  expect((await call('./tools.mjs#double')).output).toEqual({ doubled: 42 });
});

test.each(['circular', 'big', 'code'])('%s is no JSON', async (name) => {
  const report = await call(`./tools.mjs#${name}`);
  expect(report).toMatchObject({
    output: null,
    retryable: false,
    evidence: [{ kind: 'output-format', says: 'failed' }],
  });
});

test('a result beyond the limit fails the attempt, and one of just that size does not', async () => {
  const limitBytes = 1_002;
  expect((await call('./tools.mjs#giant', { input: { length: 1_000 }, limitBytes })).output).toHaveLength(1_000);
  expect(await call('./tools.mjs#giant', { input: { length: 1_001 }, limitBytes })).toMatchObject({
    output: null,
    evidence: [{ kind: 'output-size', says: 'failed' }],
  });
});

test('an endless loop is ended with its attempt, also one of several, and what waits goes on', async () => {
  const mark = join(folder, 'mark');
  const contexts = [recordedContext(), recordedContext()];
  const stuck = contexts.map((context, at) =>
    call(`./tools.mjs#endless`, { input: { mark: `${mark}${at}` } }, context),
  );
  // Behind both threads.
  const waiting = call('./tools.mjs#double');
  await until('both have begun', () => [0, 1].every((at) => existsSync(`${mark}${at}`)));
  contexts.forEach((context) => context.abort());
  for (const report of await Promise.all(stuck)) {
    expect(report).toMatchObject({ output: null, evidence: [{ kind: 'aborted', says: 'failed' }] });
  }
  const { size } = await stat(`${mark}0`);
  expect((await waiting).output).toEqual({ doubled: 42 });
  // It has really ended.
  expect((await stat(`${mark}0`)).size).toBe(size);
});

test('an attempt that was stopped before it began, or while it waited for a thread, calls nothing', async () => {
  const before = recordedContext();
  before.abort();
  expect(await call('./tools.mjs#double', {}, before)).toMatchObject({ evidence: [{ kind: 'aborted' }] });
  const contexts = [recordedContext(), recordedContext(), recordedContext()];
  const all = contexts.map((context) => call('./tools.mjs#never', {}, context));
  contexts.reverse().forEach((context) => context.abort());
  for (const report of await Promise.all(all)) expect(report).toMatchObject({ evidence: [{ kind: 'aborted' }] });
});

test('what a function prints is no part of standard output', async () => {
  const written = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    expect((await call('./tools.mjs#prints')).output).toBe(1);
    expect(written.mock.calls.flat().join('')).not.toContain('not a result');
  } finally {
    written.mockRestore();
  }
});
