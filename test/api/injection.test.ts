import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { ApiClient, document, tokenOf } from './api-client';

/** Each would do something, or take seconds, where a text became a part of a statement. */
const injections = [
  `'; DROP TABLE sessions; --`,
  `' OR '1'='1`,
  `1; SELECT pg_sleep(30)--`,
  `' || pg_sleep(30) || '`,
  `') UNION SELECT hash::text FROM api_tokens--`,
  `$1::text; DELETE FROM api_tokens`,
  `\\'; TRUNCATE sessions CASCADE; --`,
  `%' AND 1=(SELECT count(*) FROM api_tokens)--`,
  `{"$ne": null}`,
];
const slowestMs = 25_000;

interface Operation {
  parameters?: { name: string; in: string }[];
}

let installation: TestInstallation;
let client: ApiClient;
let before: unknown;

const census = async (): Promise<unknown> => {
  const { rows } = await installation.pool.query(
    `SELECT (SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public') AS tables,
            (SELECT count(*) FROM api_tokens) AS tokens, (SELECT count(*) FROM sessions) AS sessions`,
  );
  return rows;
};

beforeAll(async () => {
  installation = await openTestInstallation();
  const api = await installation.startApi();
  client = new ApiClient(api.url, await tokenOf(installation, 'admin'));
  const session = await installation.start(
    'version: 1\nname: kept\nagents: { a: { connector: simulated } }\ntasks: { t: { agent: a } }\n',
  );
  expect(session.id).toBeTruthy();
  before = await census();
});
afterAll(() => installation.close());

const cases = Object.entries(document.paths).flatMap(([url, methods]) =>
  Object.entries(methods as Record<string, Operation>).flatMap(([method, { parameters = [] }]) =>
    parameters.map(({ name, in: part }) => ({ method: method.toUpperCase(), url, part, name })),
  ),
);

it.each(cases)('$method $url takes no statement in the $part $name', async ({ method, url, part, name }) => {
  const send = async (injection: string): Promise<void> => {
    const text = encodeURIComponent(injection);
    const path = url.replaceAll(/\{(\w+)\}/g, (_, one: string) => (part === 'path' && one === name ? text : 'none'));
    const query = part === 'query' ? `?${name}=${text}` : '';
    const began = performance.now();
    const answer = await client.send(method, `${path}${query}`, {
      ...(method !== 'GET' && method !== 'DELETE' && { body: {} }),
      ...(part === 'header' && { headers: { [name]: injection } }),
    });
    expect(answer.status).toBeLessThan(500);
    expect(performance.now() - began).toBeLessThan(slowestMs);
    expect(JSON.stringify(answer.body)).not.toMatch(/syntax error|SQLSTATE|relation "/);
  };
  await Promise.all(injections.map(send));
});

it.each([
  ['POST', '/v1/agents', (text: string) => ({ name: text, connector: 'remote', description: text })],
  ['POST', '/v1/agents', (text: string) => ({ name: 'sly', connector: 'remote', description: text, tags: [text] })],
  ['PATCH', '/v1/settings', (text: string) => ({ set: { strategy: text, [text]: text } })],
  ['PUT', '/v1/budgets/day', (text: string) => ({ limits: text })],
  ['POST', '/v1/plans/validate', (text: string) => ({ plan: text })],
  [
    'POST',
    '/v1/plans/route',
    (text: string) => ({ plan: { version: 1, name: 'p', tasks: { t: { agent: { capability: text } } } } }),
  ],
] as const)('%s %s takes no statement in its body', async (method, url, bodyOf) => {
  const answers = await Promise.all(
    injections.map((injection) => client.send(method, url, { body: bodyOf(injection) })),
  );
  expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
});

it('has lost nothing', async () => expect(await census()).toEqual(before));
