import { randomBytes } from 'node:crypto';
import { createClient } from '../../src';
import type { Orchestra } from '../../src';
import { listRoutesOf } from '../helpers/list-routes';
import type { ListRoute } from '../helpers/list-routes';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { ApiClient, document, tokenOf } from './api-client';
import type { Answer } from './api-client';
import { askedOf, plantLists, plantedNames } from './planted-lists';

let installation: TestInstallation;
let client: ApiClient;
let stranger: ApiClient;
let sdk: Orchestra;

beforeAll(async () => {
  installation = await openTestInstallation({ ORCHESTRA_SECRET_KEYS: `k1:${randomBytes(32).toString('base64')}` });
  const { url } = await installation.startApi();
  const token = await tokenOf(installation, 'admin');
  client = new ApiClient(url, token);
  stranger = new ApiClient(url, await tokenOf(installation, 'admin', 'other'));
  sdk = createClient({ apiUrl: url, token });
  await plantLists(installation, client);
});
afterAll(async () => {
  await sdk.close();
  await installation.close();
});

interface Shown {
  /** Each with the name of its list. */
  rows: string[];
  next: string | null;
}

type Page = { limit: number; cursor?: string };

const pathOf = ({ url }: ListRoute): string =>
  url.replaceAll(/\{(\w+)\}/g, (_, name: string) => plantedNames[name] ?? `nothing-for-${name}`);

function ask(who: ApiClient, route: ListRoute, page: Page): Promise<Answer> {
  const query = new URLSearchParams(
    Object.entries(page).map(([name, value]): [string, string] => [name, String(value)]),
  );
  return who.get(`${pathOf(route)}?${[query.toString(), askedOf[route.url]].filter(Boolean).join('&')}`);
}

function rowsOf({ lists }: ListRoute, { body }: Answer): string[] {
  return lists.flatMap((name) => (body?.[name] as unknown[]).map((row) => `${name} ${JSON.stringify(row)}`));
}

async function show(route: ListRoute, page: Page): Promise<Shown> {
  const answer = await ask(client, route, page);
  expect([answer.status, answer.body]).toEqual([200, expect.anything()]);
  return { rows: rowsOf(route, answer), next: answer.body?.['next'] as string | null };
}

const paged = listRoutesOf(document).filter(({ isPaged }) => isPaged);

it.each(paged)('$url shows page by page exactly what it shows at once', async (route) => {
  const whole = await show(route, { limit: route.mostRows });
  expect(whole.rows.length).toBeGreaterThanOrEqual(5);
  expect(new Set(whole.rows).size).toBe(whole.rows.length);
  expect(whole.next).toBeNull();
  for (const limit of [1, 2]) {
    const found: string[] = [];
    let page = await show(route, { limit });
    for (; page.next !== null; page = await show(route, { limit, cursor: page.next })) {
      expect(page.rows).toHaveLength(limit);
      found.push(...page.rows);
    }
    expect([...found, ...page.rows]).toEqual(whole.rows);
  }
});

it.each(paged)('$url shows another workspace nothing behind its cursor', async (route) => {
  const { next } = await show(route, { limit: 1 });
  const answer = await ask(stranger, route, { limit: route.mostRows, cursor: String(next) });
  expect([200, 403, 404]).toContain(answer.status);
  if (answer.status !== 200) return;
  const { rows } = await show(route, { limit: route.mostRows });
  expect(rowsOf(route, answer).filter((row) => rows.includes(row))).toEqual([]);
});

it.each(paged)('$url takes no cursor but its own', async (route) => {
  const other = paged.find(({ url }) => url !== route.url);
  const { next: own } = await show(route, { limit: 1 });
  const { next: foreign } = await show(other!, { limit: 1 });
  const parts = JSON.parse(Buffer.from(own!, 'base64url').toString()) as (string | number)[];
  const refused = [foreign!, 'nonsense', own!.slice(0, -2), encoded([...parts, 1]), encoded([parts[0], { a: 1 }])];
  for (const cursor of refused) {
    const { status, body } = await client.get(`${pathOf(route)}?cursor=${encodeURIComponent(cursor)}`);
    expect([status, body]).toEqual([
      400,
      expect.objectContaining({ code: 'USAGE', detail: expect.stringContaining('send the `next` of the page before') }),
    ]);
  }
  // One that was made up, and is of the right form, finds what is behind it, or is refused.
  for (const extreme of [0, -1, 8.64e15, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]) {
    const cursor = encoded(parts.map((part, at) => (at === 0 ? part : typeof part === 'number' ? extreme : '𝄞\ud800')));
    const { status } = await client.get(`${pathOf(route)}?cursor=${cursor}`);
    expect([200, 400]).toContain(status);
  }
});

function encoded(parts: unknown): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

it('goes on behind the same row where others have come in front of it', async () => {
  const route = paged.find(({ url }) => url === '/v1/alerts/history')!;
  const before = await show(route, { limit: 1_000 });
  const first = await show(route, { limit: 2 });
  await installation.pool.query(
    `INSERT INTO alert_events (workspace, id, type, alert, at, message) VALUES ('default', 'newer', 'tested', '', now(), 'A test.')`,
  );
  const rest = await show(route, { limit: 1_000, cursor: first.next! });
  expect([...first.rows, ...rest.rows]).toEqual(before.rows);
});

it('gives what fits a search best as one page', async () => {
  const found = await client.get('/v1/agents/row-1/memories?query=row&limit=2');
  expect(found.body).toMatchObject({ memories: [expect.anything(), expect.anything()], next: null });
  const { body } = await client.get('/v1/agents/row-1/memories?limit=2');
  const refused = await client.get(`/v1/agents/row-1/memories?query=row&cursor=${String(body?.['next'])}`);
  expect(refused).toMatchObject({ status: 400, body: { code: 'USAGE', detail: expect.stringContaining('one page') } });
});

it('is gone through page by page by the client', async () => {
  const two = { limit: 2 };
  const action = 'PUT /v1/workspaces/{workspace}/members/{subject}';
  const ways: [AsyncIterable<unknown>, Promise<unknown>][] = [
    [sdk.approvals.each(two), sdk.approvals.list()],
    [sdk.plans.eachVersion('planned', two), sdk.plans.versions('planned')],
    [sdk.agents.eachEvent('row-1', two), sdk.agents.events('row-1')],
    [sdk.agents.memories.each('row-1', two), sdk.agents.memories.list('row-1')],
    [sdk.alerts.eachEvent(two), sdk.alerts.history()],
    [sdk.webhooks.eachDelivery('row-1', two), sdk.webhooks.deliveries('row-1')],
    [sdk.optimisation.eachApplied(two), sdk.optimisation.history()],
    [sdk.eachHealthEvent(two), sdk.healthEvents()],
    [sdk.eachQueued(two), sdk.queue()],
    [sdk.audit.each({ ...two, action }), sdk.audit.list({ action }).then(({ entries }) => entries)],
  ];
  for (const [each, list] of ways) {
    const rows = [];
    for await (const row of each) rows.push(row);
    expect(rows.length).toBeGreaterThanOrEqual(5);
    expect(rows).toEqual(await list);
  }
});
