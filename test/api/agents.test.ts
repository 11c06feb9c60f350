import type { RunningApi } from '../../src/main/api';
import { definitionOf } from '../helpers/agent-definitions';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { ApiClient, tokenOf } from './api-client';

let installation: TestInstallation;
let api: RunningApi;
let viewer: ApiClient;
let manager: ApiClient;

beforeAll(async () => {
  installation = await openTestInstallation();
  api = await installation.startApi();
  viewer = new ApiClient(api.url, await tokenOf(installation, 'viewer'));
  manager = new ApiClient(api.url, await tokenOf(installation, 'agent-manager'));
});
afterAll(() => installation.close());

const writer = {
  name: 'writer',
  connector: 'http',
  url: 'https://agents.example.org/run',
  capabilities: [{ name: 'prose', proficiency: 0.8 }],
};

it('registers, shows, changes and unregisters an agent', async () => {
  const added = await manager.post('/v1/agents', writer);
  expect(added).toMatchObject({
    status: 201,
    body: { name: 'writer', workspace: 'default', status: 'online', revision: 1, definition: { url: writer.url } },
  });
  expect(added.headers.get('location')).toBe('/v1/agents/writer');
  expect(await manager.post('/v1/agents', writer)).toMatchObject({ status: 409, body: { code: 'AGENT_EXISTS' } });
  const changed = { ...writer, description: 'Writes.', maxConcurrent: 3 };
  expect(await manager.send('PUT', '/v1/agents/writer', { body: changed })).toMatchObject({
    status: 200,
    body: { description: 'Writes.', maxConcurrent: 3, revision: 2 },
  });
  expect(await manager.send('PUT', '/v1/agents/other', { body: writer })).toMatchObject({
    status: 422,
    body: { errors: [{ pointer: '/name' }] },
  });
  expect((await viewer.get('/v1/agents/writer')).body).toMatchObject({ description: 'Writes.' });
  expect(await manager.send('DELETE', '/v1/agents/writer')).toMatchObject({ status: 204, body: null });
  expect((await viewer.get('/v1/agents/writer')).body).toMatchObject({ code: 'AGENT_NOT_FOUND' });
});

it('registers once when the request is repeated', async () => {
  const key = { 'idempotency-key': 'register-1' };
  const first = await manager.post('/v1/agents', { ...writer, name: 'twice' }, key);
  const again = await manager.post('/v1/agents', { ...writer, name: 'twice' }, key);
  expect([again.status, again.body]).toEqual([201, first.body]);
});

it('points to what is wrong with a definition', async () => {
  const { body } = await manager.post('/v1/agents', { ...writer, capabilities: [{ name: 'prose', proficiency: 2 }] });
  expect(body).toMatchObject({ code: 'USAGE', errors: [{ pointer: '/capabilities/0/proficiency' }] });
});

it('lists agents page by page, and finds them', async () => {
  for (const name of ['p1', 'p2', 'p3']) await manager.post('/v1/agents', { ...writer, name, tags: ['paged'] });
  const first = await viewer.get('/v1/agents?tag=paged&limit=2');
  const next = String(first.body?.['next']);
  const second = await viewer.get(`/v1/agents?tag=paged&limit=2&cursor=${next}`);
  const names = [first, second].map(({ body }) => (body?.['agents'] as { name: string }[]).map(({ name }) => name));
  expect([names, second.body?.['next']]).toEqual([[['p1', 'p2'], ['p3']], null]);
  expect((await viewer.get('/v1/agents?query=p2')).body).toMatchObject({ agents: [{ name: 'p2' }], next: null });
});

it('gives an agent no work, and work again', async () => {
  await manager.post('/v1/agents', { ...writer, name: 'worker' });
  const url = '/v1/agents/worker';
  expect((await manager.post(`${url}/drain`)).body).toEqual({ name: 'worker', status: 'draining' });
  expect((await manager.post(`${url}/undrain`)).body).toEqual({ name: 'worker', status: 'online' });
  expect((await manager.post(`${url}/quarantine`, { why: 'it lies' })).body).toMatchObject({ status: 'error' });
  expect((await viewer.get(url)).body).toMatchObject({ why: 'it is in quarantine: it lies' });
  expect((await manager.post(`${url}/reset`)).body).toMatchObject({ status: 'online' });
});

it('shows of a shared agent of another workspace what it can do, not how it is reached', async () => {
  const settings = { connector: 'http' as const, url: 'https://secret.example.org', headers: {} };
  await installation.agents.add('acme', [
    definitionOf('helper', { shared: true, connector: settings, instructions: 'Tell nobody.' }),
  ]);
  const { status, body } = await viewer.get('/v1/agents/acme%2Fhelper');
  expect([status, body?.['name'], body?.['definition']]).toEqual([200, 'helper', null]);
  expect(JSON.stringify((await viewer.get('/v1/agents')).body)).not.toContain('secret.example.org');
  expect(JSON.stringify(body)).not.toContain('Tell nobody');
  expect((await manager.post('/v1/agents/acme%2Fhelper/drain')).body).toMatchObject({ code: 'AGENT_NOT_FOUND' });
});

it('remembers, finds and forgets', async () => {
  await manager.post('/v1/agents', { ...writer, name: 'mnemo' });
  const url = '/v1/agents/mnemo/memories';
  const { body } = await manager.post(url, { text: 'The build needs Node 20.' });
  await manager.post(url, { kind: 'experience', text: 'Tests of stores are slow.' });
  expect((await viewer.get(`${url}?query=node`)).body).toMatchObject({
    memories: [{ id: body?.['id'], kind: 'fact' }],
  });
  expect((await manager.send('DELETE', `${url}/${String(body?.['id'])}`)).status).toBe(204);
  expect((await viewer.get(url)).body).toMatchObject({ memories: [{ kind: 'experience' }] });
  expect((await viewer.get('/v1/agents/nobody/memories')).status).toBe(404);
});

it('says what is known of an agent', async () => {
  await manager.post('/v1/agents', { ...writer, name: 'known' });
  await manager.post('/v1/agents/known/memories', { kind: 'experience', text: 'Letters are short.' });
  expect((await viewer.get('/v1/agents/known/insights')).body).toEqual({
    performance: { record: { succeeded: 0, failed: 0 }, expected: [], unusual: [] },
    capabilities: [expect.objectContaining({ name: 'prose' })],
    relationships: { tookOverFrom: [], handedOverTo: [] },
    proficiencySteps: [],
    recommendations: [],
    events: [],
    insights: [],
    memories: [expect.objectContaining({ kind: 'experience', text: 'Letters are short.' })],
  });
});
