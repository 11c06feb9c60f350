import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { tokenOf } from '../api/api-client';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';

let installation: TestInstallation;
let url: string;
let token: string;
let github: Server;
let folder: string;
let comments: { id: number; body: string }[] = [];
let refusesComments = false;

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
};

/** Stands in for the comments of GitHub's REST API. */
async function answer(request: IncomingMessage): Promise<[number, unknown]> {
  const { method, url: path = '' } = request;
  if (request.headers.authorization !== 'Bearer gh-token') return [401, { message: 'Bad credentials' }];
  if (refusesComments) return [403, { message: 'Resource not accessible by integration' }];
  if (method === 'GET' && path.startsWith('/repos/ada/engine/issues/7/comments')) return [200, comments];
  const { body } = JSON.parse((await bodyOf(request)) || '{}') as { body: string };
  if (method === 'POST' && path === '/repos/ada/engine/issues/7/comments') {
    comments.push({ id: comments.length + 1, body });
    return [201, comments.at(-1)];
  }
  const id = Number(/^\/repos\/ada\/engine\/issues\/comments\/(\d+)$/.exec(path)?.[1]);
  const known = comments.find((one) => one.id === id);
  if (method !== 'PATCH' || !known) return [404, { message: 'Not Found' }];
  known.body = body;
  return [200, known];
}

beforeAll(async () => {
  installation = await openTestInstallation();
  const [api] = await Promise.all([installation.startApi(), installation.startWorkers()]);
  url = api.url;
  token = await tokenOf(installation, 'user');
  github = createServer((request, response) => {
    void answer(request).then(([status, body]) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
    );
  });
  await new Promise<void>((resolve) => github.listen(0, '127.0.0.1', resolve));
  folder = await mkdtemp(join(tmpdir(), 'orchestra-action-'));
  const event = { pull_request: { number: 7, head: { ref: 'fix/parser', sha: 'a'.repeat(40) } } };
  await writeFile(join(folder, 'event.json'), JSON.stringify(event));
});
afterAll(async () => {
  await new Promise((resolve) => github.close(resolve));
  await installation.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  comments = [];
  refusesComments = false;
});

const planOf = (script: string, latency = '1ms'): string => `
version: 1
name: review
inputs: { commit: { type: string, required: true }, pullRequest: { type: number }, depth: { type: number, default: 1 } }
agents: { critic: { connector: simulated, latency: ${latency}, script: [${script}], output: { text: "Looks \`\`\`good\`\`\` to @everybody" } } }
tasks: { look: { agent: critic, retry: { attempts: 1 }, input: { of: '\${{ inputs.commit }}' } } }
outputs: { verdict: '\${{ tasks.look.output }}', commit: '\${{ inputs.commit }}', number: '\${{ inputs.pullRequest }}', depth: '\${{ inputs.depth }}' }
`;

async function act(
  plan: string,
  more: Record<string, string> = {},
): Promise<{ code: number | null; said: string; outputs: string; summary: string }> {
  const planFile = join(folder, 'review.plan.yaml');
  const [outputFile, summaryFile] = [join(folder, 'output'), join(folder, 'summary')];
  await Promise.all([writeFile(planFile, plan), writeFile(outputFile, ''), writeFile(summaryFile, '')]);
  const child = spawn(process.execPath, [join(process.cwd(), 'integrations/github-action/main.js')], {
    env: {
      PATH: process.env['PATH'],
      INPUT_URL: `${url}/`,
      INPUT_TOKEN: token,
      INPUT_PLAN: planFile,
      INPUT_INPUTS: '{"depth": 3}',
      'INPUT_GITHUB-TOKEN': 'gh-token',
      GITHUB_API_URL: `http://127.0.0.1:${(github.address() as AddressInfo).port}`,
      GITHUB_REPOSITORY: 'ada/engine',
      GITHUB_REF_NAME: '7/merge',
      GITHUB_SHA: 'b'.repeat(40),
      GITHUB_EVENT_PATH: join(folder, 'event.json'),
      GITHUB_OUTPUT: outputFile,
      GITHUB_STEP_SUMMARY: summaryFile,
      ORCHESTRA_POLL_MS: '50',
      ...more,
    },
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += String(chunk)));
  child.stderr.on('data', (chunk: Buffer) => (said += String(chunk)));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  const [outputs, summary] = await Promise.all([readFile(outputFile, 'utf8'), readFile(summaryFile, 'utf8')]);
  return { code, said, outputs, summary };
}

it('runs a plan for the head of a pull request, comments what it came to once, and exits with 0', async () => {
  const first = await act(planOf('succeeded'));
  expect([first.code, first.said]).toEqual([0, expect.stringContaining('succeeded')]);
  expect(first.outputs).toMatch(/^session=review-\S+\nstatus=succeeded\n$/);
  const id = /^session=(\S+)/.exec(first.outputs)?.[1] ?? '';
  const { outputs } = await installation.client.handle(id).overview();
  expect(outputs).toMatchObject({ commit: 'a'.repeat(40), number: 7, depth: 3 });
  expect(comments).toHaveLength(1);
  expect(comments[0]?.body).toContain('| look | ✅ succeeded | critic |');
  // What agents say stays inside of its fence.
  expect(comments[0]?.body).toContain('````\n');
  const second = await act(planOf('succeeded'));
  expect(second.code).toBe(0);
  expect(comments).toHaveLength(1);
  expect(comments[0]?.body).toContain(/^session=(\S+)/.exec(second.outputs)?.[1] ?? '?');
});

it('fails where the plan does, and says so on the pull request', async () => {
  const { code, outputs } = await act(planOf('failed'));
  expect([code, outputs]).toEqual([1, expect.stringContaining('status=failed')]);
  expect(comments[0]?.body).toContain('❌ failed');
});

it('goes by what the session came to where it may not comment', async () => {
  refusesComments = true;
  const { code, said } = await act(planOf('succeeded'));
  expect([code, said]).toEqual([0, expect.stringContaining('::warning::The report could not be commented')]);
});

it('comments nothing where it is told not to, and shows its report in the summary of the job', async () => {
  const { code, summary } = await act(planOf('succeeded'), { INPUT_COMMENT: 'false' });
  expect([code, comments]).toEqual([0, []]);
  expect(summary).toContain('### Agent Orchestra: review succeeded');
  expect(summary).toContain('| look | ✅ succeeded | critic |');
});

it('shows the same report in the summary as on the pull request', async () => {
  const { summary } = await act(planOf('failed'));
  expect(comments.map(({ body }) => `${body}\n`)).toEqual([summary]);
});

it('cancels a session that does not end in time, and fails', async () => {
  const { code, said, outputs } = await act(planOf('succeeded', '10m'), { 'INPUT_TIMEOUT-MINUTES': '0.01' });
  const id = /^session=(\S+)\n$/.exec(outputs)?.[1] ?? '';
  expect([code, said]).toEqual([
    1,
    expect.stringContaining(`::error::Session ${id} has not ended in time, and was cancelled.`),
  ]);
  expect((await installation.client.handle(id).result()).status).toBe('cancelled');
  expect(comments).toEqual([]);
});

it('reads the inputs that it declares, all of them and no others, and sets its outputs', async () => {
  const read = (file: string): Promise<string> => readFile(join('integrations/github-action', file), 'utf8');
  const { inputs, outputs, runs } = parse(await read('action.yml')) as Record<string, Record<string, unknown>>;
  expect(runs).toEqual({ using: 'node20', main: 'main.js' });
  const program = await read('main.js');
  const named = (pattern: RegExp): string[] =>
    [...new Set([...program.matchAll(pattern)].map(([, name = '']) => name))].sort();
  expect(named(/\binput\('([\w-]+)'\)/g)).toEqual(Object.keys(inputs ?? {}).sort());
  expect(named(/write\('GITHUB_OUTPUT', `(\w+)=/g)).toEqual(Object.keys(outputs ?? {}).sort());
});

it('has agents of the registry look, where it is given no plan', async () => {
  const definition = { connector: 'command', command: [process.execPath, '-e', 'console.log(JSON.stringify("fine"))'] };
  const manager = await tokenOf(installation, 'agent-manager');
  await fetch(`${url}/v1/agents`, {
    method: 'POST',
    headers: { authorization: `Bearer ${manager}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'looker', ...definition }),
  });
  const { code, said } = await act('', {
    INPUT_PLAN: '',
    INPUT_INPUTS: '',
    INPUT_AGENTS: 'looker',
    INPUT_PROMPT: 'Look',
  });
  expect([code, said]).toEqual([0, expect.stringContaining('Session ci-')]);
  expect(comments[0]?.body).toContain('| agent\\_1 | ✅ succeeded | looker |');
});

it.each([
  [{ INPUT_PLAN: '' }, 'either a plan or agents'],
  [{ INPUT_TOKEN: '' }, 'needs url and token'],
  [{ INPUT_TOKEN: 'orc_api_wrong' }, 'answered 401'],
  [{ GITHUB_EVENT_PATH: '', GITHUB_SHA: 'HEAD' }, 'answered 400'],
])('says what is wrong with %j', async (more, words) => {
  const { code, said } = await act(planOf('succeeded'), more);
  expect([code, said]).toEqual([1, expect.stringContaining(words)]);
  expect(comments).toEqual([]);
});
