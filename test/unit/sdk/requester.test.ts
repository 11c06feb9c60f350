import { createClient } from '../../../src/sdk/http';
import type { ClientSettings, Orchestra } from '../../../src/sdk/http';
import { ApiError } from '../../../src/sdk/api-error';
import { ConnectionError } from '../../../src/sdk/client/connection-error';
import { retryPauseMs } from '../../../src/sdk/client/retry-pause';
import { ScriptedServer, cut, json, problem } from '../../helpers/sdk/scripted-server';
import type { Step } from '../../helpers/sdk/scripted-server';

let server: ScriptedServer;
beforeEach(async () => (server = await new ScriptedServer().start()));
afterEach(() => server.stop());

const clientOf = (...steps: Step[]): Orchestra => clientWith({}, ...steps);

function clientWith(settings: ClientSettings, ...steps: Step[]): Orchestra {
  server.plan(...steps);
  return createClient({ apiUrl: `${server.url}/`, token: 'orc_api_x', ...settings });
}

const session = { id: 's1', status: 'running', endedAt: null };
const keysSeen = (): unknown[] => server.seen.map(({ headers }) => headers['idempotency-key']);

it('says who it is, and sends what it is asked to', async () => {
  const handle = await clientOf(json(session, 202)).sessions.run('version: 1', { inputs: { who: 'Ada' }, id: 's1' });
  expect(handle.id).toBe('s1');
  expect(server.seen).toMatchObject([
    {
      method: 'POST',
      url: '/v1/sessions',
      headers: { authorization: 'Bearer orc_api_x', 'idempotency-key': expect.stringMatching(/^[0-9a-f]{32}$/) },
      body: { plan: 'version: 1', inputs: { who: 'Ada' }, id: 's1' },
    },
  ]);
});

it('repeats what was lost with the same key, and each call has a key of its own', async () => {
  const retried: unknown[] = [];
  const client = clientWith(
    { onRetry: (error) => retried.push(error) },
    cut,
    problem(503, 'SERVER_UNAVAILABLE', { retryable: true }),
    json(session, 202),
    json(session, 202),
  );
  await client.sessions.run('a plan');
  await client.sessions.run('a plan');
  const [first, second, third, other] = keysSeen();
  expect([second, third]).toEqual([first, first]);
  expect(other).not.toBe(first);
  expect(retried).toEqual([expect.any(ConnectionError), expect.any(ApiError)]);
});

it('uses the key that it is given', async () => {
  await clientOf(json(session, 202)).sessions.run('a plan', { idempotencyKey: 'mine' });
  expect(keysSeen()).toEqual(['mine']);
});

it('sends no key with what changes nothing', async () => {
  await clientOf(json({ mermaid: 'flowchart' })).plans.graph('a plan');
  expect(keysSeen()).toEqual([undefined]);
});

it('makes errors of problems, and repeats none that would be the same again', async () => {
  const faults = [{ pointer: '/plan', detail: 'must be a plan' }];
  const refused = clientOf(problem(422, 'PLAN_INVALID', { errors: faults })).sessions.run({ tasks: {} });
  await expect(refused).rejects.toBeInstanceOf(ApiError);
  await expect(refused).rejects.toMatchObject({
    status: 422,
    code: 'PLAN_INVALID',
    message: 'PLAN_INVALID',
    retryable: false,
    requestId: 'r-1',
    faults,
  });
  expect(server.seen).toHaveLength(1);
});

it('gives up after so many tries', async () => {
  const away = problem(503, 'SERVER_UNAVAILABLE', { retryable: true });
  const asked = clientWith({ retries: 2 }, away, away, away, json([])).hosts();
  await expect(asked).rejects.toMatchObject({ code: 'SERVER_UNAVAILABLE' });
  expect(server.seen).toHaveLength(3);
});

it('waits as long as it is told to, longer each time, and not for ever', () => {
  const away = (retryAfterMs?: number): ApiError =>
    new ApiError(503, 'SERVER_UNAVAILABLE', '', { ...(retryAfterMs !== undefined && { retryAfterMs }) });
  expect([0, 1, 2, 9].map((tries) => retryPauseMs(away(), tries, () => 0))).toEqual([100, 200, 400, 2_500]);
  expect([0, 1, 2, 9].map((tries) => retryPauseMs(away(), tries, () => 1))).toEqual([200, 400, 800, 5_000]);
  expect(retryPauseMs(away(7_000), 0, () => 0)).toBe(7_000);
  expect(retryPauseMs(away(3_600_000), 0)).toBeUndefined();
  expect(retryPauseMs(new ApiError(404, 'SESSION_NOT_FOUND', ''), 0)).toBeUndefined();
  expect(retryPauseMs(new TypeError('a mistake'), 0)).toBeUndefined();
});

it('hears Retry-After', async () => {
  const limited = problem(429, 'RATE_LIMITED', { retryable: true }, { 'retry-after': '61' });
  await expect(clientOf(limited).hosts()).rejects.toMatchObject({ status: 429, retryAfterMs: 61_000 });
});

it('takes a delete for done when its answer was lost and the thing is gone', async () => {
  const gone = problem(404, 'AGENT_NOT_FOUND');
  await expect(clientOf(cut, gone).agents.unregister('ada')).resolves.toBeUndefined();
  await expect(clientOf(gone).agents.unregister('bob')).rejects.toMatchObject({ code: 'AGENT_NOT_FOUND' });
});

it('takes an edit for done when its answer was lost and the session has the plan', async () => {
  const outdated = problem(412, 'PRECONDITION_FAILED');
  const edit = (...steps: Step[]): Promise<unknown> =>
    clientOf(cut, outdated, ...steps)
      .sessions.handle('s1')
      .edit({ plan: 'edited', from: 'h1' });
  const [asked, present] = [json({ hash: 'h2' }), json({ hash: 'h2' })];
  await expect(edit(asked, present, json(session))).resolves.toEqual({ id: 's1', status: 'running' });
  expect(server.seen[0]?.headers['if-match']).toBe('"h1"');
  await expect(edit(asked, json({ hash: 'h1' }))).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' });
});

it('does not say that nothing was done where an earlier try may have done it', async () => {
  const outdated = problem(412, 'PRECONDITION_FAILED');
  const change = (...steps: Step[]): Promise<unknown> =>
    clientOf(...steps).settings.change({ unset: ['share'] }, { ifMatch: 'e1' });
  await expect(change(cut, outdated)).rejects.toBeInstanceOf(ConnectionError);
  expect(server.seen.map(({ headers }) => headers['if-match'])).toEqual(['"e1"', '"e1"']);
  await expect(change(outdated)).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' });
});

it('gives an agent other capabilities, and leaves what somebody changes meanwhile', async () => {
  const found = (etag: string, description: string): Step => json({ etag, definition: { name: 'ada', description } });
  const outdated = problem(412, 'PRECONDITION_FAILED');
  const client = clientOf(found('e1', 'Old.'), outdated, found('e2', 'New.'), json({ name: 'ada' }));
  await client.agents.updateCapabilities('ada', ['prose']);
  expect(server.seen[1]).toMatchObject({ headers: { 'if-match': '"e1"' }, body: { description: 'Old.' } });
  expect(server.seen[3]).toMatchObject({
    headers: { 'if-match': '"e2"' },
    body: { name: 'ada', description: 'New.', capabilities: ['prose'] },
  });
});

it('gives up when time runs out, and says what was not answered', async () => {
  const asked = clientWith({ retries: 0, timeoutMs: 50 }, () => undefined).hosts();
  await expect(asked).rejects.toMatchObject({ name: 'ConnectionError', reason: 'timeout', retryable: true });
  await expect(asked).rejects.toThrow(/GET \/v1\/hosts of http:.* was not answered in time/);
});

it('gives up when it is told to, with the reason, also in a pause', async () => {
  const reason = new Error('enough');
  const controller = new AbortController();
  const waiting = clientOf(() => controller.abort(reason)).hosts({ signal: controller.signal });
  await expect(waiting).rejects.toBe(reason);
  await expect(clientOf().hosts({ signal: controller.signal })).rejects.toBe(reason);
  const late = new AbortController();
  const away = problem(503, 'SERVER_UNAVAILABLE', { retryable: true }, { 'retry-after': '60' });
  const pausing = clientWith({ onRetry: () => late.abort(reason) }, away).hosts({ signal: late.signal });
  await expect(pausing).rejects.toBe(reason);
});

it('gives up what is under way when it is closed, and takes no more', async () => {
  const client = clientOf(() => void client.close());
  await expect(client.hosts()).rejects.toMatchObject({ name: 'ConnectionError', reason: 'closed' });
  await expect(client.hosts()).rejects.toMatchObject({ reason: 'closed' });
  expect(server.seen).toHaveLength(1);
});

it('says so where something else answers', async () => {
  const page: Step = (response) => void response.writeHead(200).end('<html>');
  await expect(clientOf(page).hosts()).rejects.toMatchObject({ reason: 'not-the-api', retryable: false });
  const proxy: Step = (response) => void response.writeHead(401).end('no');
  await expect(clientOf(proxy).hosts()).rejects.toMatchObject({ status: 401, code: '', message: 'HTTP 401: no' });
});

it('goes to an API that lies in a folder of its host, and asks for the token each time', async () => {
  let number = 0;
  server.plan(json({ hosts: [] }), json({ agents: [], next: null }));
  const token = (): Promise<string> => Promise.resolve(`t${++number}`);
  const client = createClient({ apiUrl: `${server.url}/orchestra/`, token, workspace: 'acme' });
  await client.hosts();
  await client.agents.list({ capability: 'code.review', limit: 5 });
  expect(server.seen.map(({ url, headers }) => [url, headers.authorization, headers['orchestra-workspace']])).toEqual([
    ['/orchestra/v1/hosts?limit=1000', 'Bearer t1', 'acme'],
    ['/orchestra/v1/agents?capability=code.review&limit=5', 'Bearer t2', 'acme'],
  ]);
});

it('follows pages to the last', async () => {
  const page = (ids: string[], next: string | null): Step => json({ sessions: ids.map((id) => ({ id })), next });
  const found = [];
  for await (const { id } of clientOf(page(['c', 'b'], 'after b'), page(['a'], null)).sessions.each({ limit: 2 })) {
    found.push(id);
  }
  expect(found).toEqual(['c', 'b', 'a']);
  expect(server.seen.map(({ url }) => url)).toEqual(['/v1/sessions?limit=2', '/v1/sessions?limit=2&cursor=after+b']);
});
