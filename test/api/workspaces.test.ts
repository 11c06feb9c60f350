import type { RunningApi } from '../../src/main/api';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { ApiClient, tokenOf } from './api-client';

let installation: TestInstallation;
let api: RunningApi;
/** An administrator of the installation, of another workspace, and somebody who is neither. */
let home: ApiClient;
let elsewhere: ApiClient;
let user: ApiClient;

beforeAll(async () => {
  installation = await openTestInstallation();
  api = await installation.startApi();
  const clientOf = async (...who: [role: 'admin' | 'user', workspace: string]): Promise<ApiClient> =>
    new ApiClient(api.url, await tokenOf(installation, ...who));
  [home, elsewhere, user] = await Promise.all([
    clientOf('admin', 'default'),
    clientOf('admin', 'elsewhere'),
    clientOf('user', 'default'),
  ]);
});
afterAll(() => installation.close());

it('lets administrators of the installation make workspaces, each once, and nobody else', async () => {
  const made = await home.post('/v1/workspaces', { workspace: 'research', title: 'Research' });
  expect(made).toMatchObject({ status: 201, body: { workspace: 'research', title: 'Research' } });
  expect((await home.get(made.headers.get('location') ?? '')).body).toEqual(made.body);
  expect(await home.post('/v1/workspaces', { workspace: 'research' })).toMatchObject({
    status: 409,
    body: { code: 'WORKSPACE_EXISTS' },
  });
  for (const other of [elsewhere, user]) {
    expect(await other.post('/v1/workspaces', { workspace: 'mine' })).toMatchObject({ status: 403 });
  }
  for (const workspace of ['', 'a/b', `a' b`, 'x'.repeat(64)]) {
    expect((await home.post('/v1/workspaces', { workspace })).status).toBe(400);
  }
});

it('shows all to administrators of the installation, and to others their own', async () => {
  const namesFor = async (client: ApiClient): Promise<unknown[]> =>
    ((await client.get('/v1/workspaces')).body?.['workspaces'] as { workspace: string }[]).map((one) => one.workspace);
  expect(await namesFor(home)).toEqual(expect.arrayContaining(['default', 'research']));
  expect(await namesFor(elsewhere)).toEqual(['elsewhere']);
  expect(await elsewhere.get('/v1/workspaces/elsewhere')).toMatchObject({ status: 200, body: { createdAt: null } });
  for (const path of ['research', 'nowhere', 'research/members']) {
    expect(await elsewhere.get(`/v1/workspaces/${path}`)).toMatchObject({
      status: 404,
      body: { code: 'WORKSPACE_NOT_FOUND' },
    });
  }
});

it('gives a workspace another title', async () => {
  const changed = await home.send('PATCH', '/v1/workspaces/research', { body: { title: 'Labs' } });
  expect(changed).toMatchObject({ status: 200, body: { title: 'Labs' } });
  expect((await home.get('/v1/workspaces/research')).body).toEqual(changed.body);
  expect((await elsewhere.send('PATCH', '/v1/workspaces/research', { body: { title: 'Mine' } })).status).toBe(404);
  expect((await user.send('PATCH', '/v1/workspaces/default', { body: { title: 'Mine' } })).status).toBe(403);
});

it('keeps who is a member of a workspace, with a role', async () => {
  const path = '/v1/workspaces/elsewhere/members';
  const put = await elsewhere.send('PUT', `${path}/ada%40example.org`, { body: { role: 'user' } });
  expect(put).toMatchObject({ status: 200, body: { subject: 'ada@example.org', role: 'user' } });
  await elsewhere.send('PUT', `${path}/ada%40example.org`, { body: { role: 'viewer' } });
  expect((await elsewhere.get(path)).body).toMatchObject({ members: [{ subject: 'ada@example.org', role: 'viewer' }] });
  expect((await elsewhere.send('PUT', `${path}/eve`, { body: { role: 'agent' } })).status).toBe(400);
  expect((await elsewhere.send('PUT', '/v1/workspaces/default/members/eve', { body: { role: 'admin' } })).status).toBe(
    404,
  );
  expect(await elsewhere.send('DELETE', `${path}/ada%40example.org`)).toMatchObject({ body: { members: [] } });
  expect(await elsewhere.send('DELETE', `${path}/ada%40example.org`)).toMatchObject({
    status: 404,
    body: { code: 'MEMBER_NOT_FOUND' },
  });
  expect(await installation.workspaces.members('default')).toEqual([]);
});

it('leaves no workspace whose members have lost their last admin', async () => {
  const path = '/v1/workspaces/elsewhere/members';
  const put = (subject: string, role: string) => elsewhere.send('PUT', `${path}/${subject}`, { body: { role } });
  const remove = (subject: string) => elsewhere.send('DELETE', `${path}/${subject}`);
  const refused = { status: 409, body: { code: 'LAST_ADMIN', detail: expect.stringContaining('else an admin first') } };
  await put('ada', 'admin');
  await put('bob', 'user');
  expect(await remove('ada')).toMatchObject(refused);
  expect(await put('ada', 'viewer')).toMatchObject(refused);
  expect((await put('ada', 'admin')).status).toBe(200);
  await put('bob', 'admin');
  // Of two who remove each other at once, one stays.
  expect((await Promise.all([remove('ada'), remove('bob')])).map(({ status }) => status).sort()).toEqual([200, 409]);
  const { members } = (await elsewhere.get(path)).body as { members: { role: string }[] };
  expect(members.map(({ role }) => role)).toEqual(['admin']);
});

it('makes tokens whose secret is shown once, and which are worth their role in their workspace', async () => {
  const headers = { 'idempotency-key': 'make-a-token' };
  const request = { name: 'ci', role: 'viewer', expiresInDays: 7 };
  const made = await elsewhere.post('/v1/tokens', request, headers);
  const { id, token } = made.body as { id: string; token: string };
  expect(made).toMatchObject({ status: 201, body: { role: 'viewer', workspace: 'elsewhere' } });
  const ci = new ApiClient(api.url, token);
  expect((await ci.get('/v1/sessions')).status).toBe(200);
  expect((await ci.get('/v1/tokens')).status).toBe(403);
  // A repetition gets the same token, without its secret, which is kept nowhere.
  expect((await elsewhere.post('/v1/tokens', request, headers)).body).toEqual({ ...made.body, token: null });
  const { rows } = await installation.pool.query<{ dump: string }>(
    'SELECT row_to_json(k)::text AS dump FROM idempotency_keys AS k',
  );
  expect(rows.map(({ dump }) => dump).join()).toContain(id);
  expect(rows.map(({ dump }) => dump).join()).not.toContain(token.slice(-43));
  const listed = (await elsewhere.get('/v1/tokens')).body;
  expect(listed).toMatchObject({ tokens: expect.arrayContaining([expect.objectContaining({ id, name: 'ci' })]) });
  expect(JSON.stringify(listed)).not.toContain(token.slice(-43));
  expect(await home.send('DELETE', `/v1/tokens/${id}`)).toMatchObject({
    status: 404,
    body: { code: 'TOKEN_NOT_FOUND' },
  });
  expect((await elsewhere.send('DELETE', `/v1/tokens/${id}`)).status).toBe(200);
  await until('it is refused', async () => (await ci.get('/v1/sessions')).status === 401);
});

it('makes the first token of another workspace for administrators of the installation alone', async () => {
  const request = { name: 'first', role: 'admin', workspace: 'research' };
  const made = await home.post('/v1/tokens', request);
  const first = new ApiClient(api.url, made.body?.['token'] as string);
  expect((await first.get('/v1/workspaces')).body).toMatchObject({ workspaces: [{ workspace: 'research' }] });
  expect(await first.post('/v1/workspaces', { workspace: 'more' })).toMatchObject({ status: 403 });
  for (const [client, workspace] of [
    [elsewhere, 'research'],
    [first, 'default'],
    [home, 'nowhere'],
  ] as const) {
    expect(await client.post('/v1/tokens', { ...request, workspace })).toMatchObject({
      status: 404,
      body: { code: 'WORKSPACE_NOT_FOUND' },
    });
  }
});
