import { createApiToken } from '../../src/main/api-tokens';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { ApiClient } from './api-client';

let installation: TestInstallation;
let client: ApiClient;

beforeAll(async () => {
  installation = await openTestInstallation();
  const [api] = await Promise.all([installation.startApi(), installation.startWorkers()]);
  const scope = { taskTypes: ['review'], capabilities: ['code-review'] };
  const bot = { name: 'bot', role: 'user' as const, expiresAt: Date.now() + 3_600_000, scope };
  client = new ApiClient(api.url, (await createApiToken(installation.apiTokens, 'default', bot)).token);
});
afterAll(() => installation.close());

const agents = { ada: { connector: 'simulated', latency: '10m', capabilities: ['code-review', 'deployment'] } };
const review = { type: 'review', agent: { capability: 'code-review' } };
const ship = { type: 'deploy', agent: { capability: 'code-review' } };
const planOf = (tasks: object): object => ({ version: 1, name: 'scoped', agents, tasks });

it('submits the tasks that the token is for, and no others, and says which', async () => {
  expect((await client.post('/v1/sessions', { plan: planOf({ review }) })).status).toBe(202);
  expect(await client.post('/v1/sessions', { plan: planOf({ review, 'a/b': ship }) })).toMatchObject({ status: 422 });
  expect(await client.post('/v1/sessions', { plan: planOf({ review, ship }) })).toMatchObject({
    status: 403,
    body: {
      code: 'TOKEN_FORBIDDEN',
      detail: expect.stringContaining(
        'It is for tasks of the types review, and that ask for the capabilities code-review',
      ),
      errors: [{ pointer: '/plan/tasks/ship', detail: 'The task "ship" is of the type "deploy".' }],
    },
  });
  expect(await client.post('/v1/sessions', { plan: JSON.stringify(planOf({ ship })) })).toMatchObject({
    status: 403,
    body: { errors: [{ pointer: '/plan' }] },
  });
});

it('edits a plan to nothing that the token is not for', async () => {
  const { body } = await client.post('/v1/sessions', { plan: planOf({ review }) });
  const path = `/v1/sessions/${String(body?.['id'])}/plan`;
  const { headers } = await client.get(path);
  const put = (tasks: object) =>
    client.send('PUT', path, { body: { plan: planOf(tasks) }, headers: { 'if-match': headers.get('etag') ?? '' } });
  expect(await put({ review, ship: { ...ship, needs: ['review'] } })).toMatchObject({
    status: 403,
    body: { code: 'TOKEN_FORBIDDEN' },
  });
  expect((await put({ review, again: { ...review, needs: ['review'] } })).status).toBe(200);
});

it('submits single tasks within the same bounds', async () => {
  expect(await client.post('/v1/tasks', { type: 'deploy', agent: { capability: 'code-review' } })).toMatchObject({
    status: 403,
    body: { code: 'TOKEN_FORBIDDEN', errors: [{ detail: expect.stringContaining('is of the type "deploy"') }] },
  });
  const named = await client.post('/v1/tasks', { type: 'review', agent: 'ada' });
  expect(named).toMatchObject({ status: 403, body: { detail: expect.stringContaining('names the agent "ada"') } });
});

it('shows what a token is for', async () => {
  expect(await installation.apiTokens.list('default')).toMatchObject([
    { name: 'bot', scope: { taskTypes: ['review'], capabilities: ['code-review'] } },
  ]);
});
