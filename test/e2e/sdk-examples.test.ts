import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { createClient } from '../../src';
import { createAgentToken } from '../../src/main/agent-tokens';
import type { RunningApi } from '../../src/main/api';
import { tokenOf } from '../api/api-client';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';

const execute = promisify(execFile);
let installation: TestInstallation;
let api: RunningApi;
let token: string;

beforeAll(async () => {
  installation = await openTestInstallation();
  [api] = await Promise.all([installation.startApi(), installation.startWorkers()]);
  token = await tokenOf(installation, 'admin');
});
afterAll(() => installation.close());

/** What an example prints; it has to end by itself. */
async function linesOf(example: string, environment: Record<string, string>): Promise<string[]> {
  const env = { PATH: process.env['PATH'], ...environment };
  const { stdout } = await execute(process.execPath, [`examples/sdk/${example}`], { env, timeout: 100_000 });
  return stdout.trimEnd().split('\n');
}

const overHttp = (): Record<string, string> => ({ API_URL: api.url, API_TOKEN: token });
const direct = (): Record<string, string> => ({
  TEMPORAL: String(installation.addresses.temporal.connectionOptions?.address),
  DATABASE: installation.addresses.databaseUrl,
  TASK_QUEUE: installation.configuration.taskQueue,
});

test.each([
  ['over HTTP', overHttp],
  ['to the servers', direct],
])('a plan is run %s', async (_, way) => {
  const lines = await linesOf('run-a-plan.mjs', way());
  const told = lines.filter((line) => line.startsWith('task-'));
  expect(told).toEqual(['task-queued count', 'task-succeeded count', 'task-queued check', 'task-succeeded check']);
  expect(lines).toContain('succeeded: 100 %');
  expect(lines.at(-1)).toBe('succeeded: {"letters":3}');
});

test('a question is answered', async () => {
  expect(await linesOf('approve.mjs', overHttp())).toEqual(['May second go over the budget? yes', 'succeeded']);
});

test('errors tell what is wrong', async () => {
  const lines = await linesOf('errors.mjs', overHttp());
  expect([lines[0], lines.at(-1)]).toEqual(['422 PLAN_INVALID false', '404']);
  expect(lines.slice(1, -1)).toContainEqual(expect.stringMatching(/^\/plan\/tasks\/a\/needs\/0: /));
});

test('an agent is registered, and does its work', async () => {
  expect(await linesOf('serve-an-agent.mjs', overHttp())).toEqual(['word-counter is registered and offline']);
  const key = { workspace: 'default', name: 'word-counter' };
  const { token: AGENT_TOKEN } = await createAgentToken(installation.agentTokens, key, null);
  const env = { PATH: process.env['PATH'], API_URL: api.url, AGENT_TOKEN };
  const agent = spawn(process.execPath, ['examples/sdk/serve-an-agent.mjs'], { env, stdio: 'inherit' });
  const client = createClient({ apiUrl: api.url, token });
  const input = { text: 'as many words as these' };
  const task = await client.tasks.submit({ type: 'count', agent: { capability: 'text.count' }, input });
  expect(await task.outcome()).toMatchObject({ status: 'succeeded', output: { words: 5 } });
  agent.kill('SIGTERM');
  expect(await once(agent, 'exit')).toEqual([0, null]);
  await client.close();
});
