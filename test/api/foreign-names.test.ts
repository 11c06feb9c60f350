import { randomBytes } from 'node:crypto';
import { createAgentToken } from '../../src/main/agent-tokens';
import type { RemoteWork } from '../../src/contracts/ports/remote-agents';
import type { RunningApi } from '../../src/main/api';
import { definitionOf } from '../helpers/agent-definitions';
import { subscribe } from '../helpers/events/sse-client';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { remoteClient } from '../workflows/remote-agent-client';
import type { RemoteAgentClient } from '../workflows/remote-agent-client';
import { ApiClient, document, tokenOf } from './api-client';
import type { Answer } from './api-client';
import { canary, openProposal, plant } from './planted';
import type { Planted } from './planted';

/*
 * What queries and bodies name: like the ids in paths (access.test.ts), names of another workspace lead to nothing of it.
 */

interface Schema {
  $ref?: string;
  properties?: Record<string, unknown>;
  oneOf?: Schema[];
}

interface Operation {
  parameters?: { name: string; in: string }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
}

const { paths, components } = document as unknown as {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
};

function propertiesOf(schema: Schema | undefined): string[] {
  if (!schema) return [];
  if (schema.$ref !== undefined) return propertiesOf(components.schemas[schema.$ref.split('/').at(-1) ?? '']);
  return [...Object.keys(schema.properties ?? {}), ...(schema.oneOf ?? []).flatMap(propertiesOf)];
}

/** Each parameter of a query and each field of a body: `GET /v1/agents query`. */
const fields = Object.entries(paths).flatMap(([url, methods]) =>
  Object.entries(methods).flatMap(([method, { parameters = [], requestBody }]) => {
    const query = parameters.filter((one) => one.in === 'query').map(({ name }) => name);
    const body = propertiesOf(requestBody?.content['application/json']?.schema);
    return [...new Set([...query, ...body])].map((field) => `${method.toUpperCase()} ${url} ${field}`);
  }),
);

/** Fields that say how much, what of, how and why, and name nothing that a workspace has. */
const plain = new Set(
  (
    'action after all anchors answer branch budget capabilities capability card catchUp children clearAfter clearAt command commit complexity connector cost cron ' +
    'cwd description enabled env error expiresIn expiresInDays files from gate headers hours input inputs instructions kind latency limit limits max ' +
    'maxConcurrent metric models note now onBudget onConflict outcome output overlap paused payloads priority probe prompt protocolVersion ' +
    'pullRequest quality questionHash raiseAfter raiseAt rateLimit rating reads reason remember repeatEvery repeated repository reserve restart retry scope ' +
    'retryable retryAfterMs role script secret set settings shared since status stdin successRate tag tags taskTimeout technologies technology tenant text ' +
    'timeout timeZone title to transport type types unset until url usage useful value waitMs why window writes modifications'
  ).split(' '),
);

/** Those that name what is in the path already, or what is made in the caller's workspace and in no other. */
const ofTheCaller = new Set([
  'POST /v1/sessions/{session}/retry task',
  'POST /v1/sessions/{session}/tasks/{run}/feedback attempt',
  'GET /v1/agents/{agent}/memories query',
  'PUT /v1/agents/{agent} name',
  'POST /v1/tokens name',
  'POST /v1/agent-imports/card name',
]);

let installation: TestInstallation;
let api: RunningApi;
let planted: Planted;
let owner: ApiClient;
let stranger: ApiClient;
/** The stranger at an API whose home is the workspace `other`: an administrator of the installation. */
let strangerAtHome: ApiClient;
/** Both are called `spy`, in a workspace each. */
let theirs: RemoteAgentClient;
let spy: RemoteAgentClient;
let held: RemoteWork;
let own: string;
let before: unknown;

// All tests share a Temporal.
const ownSchedule = (name = 'own'): string => `${name}-${own}`;

const simulated = (task: object = { agent: 'a' }): object => ({
  ...{ version: 1, name: 'own', agents: { a: { connector: 'simulated', latency: '10m' } } },
  tasks: { t: { agent: 'a' }, more: task },
});

beforeAll(async () => {
  installation = await openTestInstallation({
    ORCHESTRA_SECRET_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    // Nothing here is about leases.
    ORCHESTRA_LEASE_MS: '3600000',
  });
  [api] = await Promise.all([installation.startApi(), installation.startWorkers()]);
  owner = new ApiClient(api.url, await tokenOf(installation, 'admin'));
  const token = await tokenOf(installation, 'admin', 'other');
  stranger = new ApiClient(api.url, token);
  strangerAtHome = new ApiClient((await installation.startApi(0, 'other')).url, token);
  const agentOf = async (workspace: string): Promise<RemoteAgentClient> => {
    await installation.agents.add(workspace, [definitionOf('spy', { connector: { connector: 'remote' } })]);
    const { token } = await createAgentToken(installation.agentTokens, { workspace, name: 'spy' }, null);
    return remoteClient(api.url, 'spy', token);
  };
  [theirs, spy] = [await agentOf('default'), await agentOf('other')];
  planted = await plant(installation);
  const far = 'version: 1\nname: walled-far\ntasks: { far: { agent: spy } }\n';
  await Promise.all([installation.start(far), theirs.claim().then((work) => theirs.settle('complete', work))]);
  await installation.start(far);
  const claimed = await theirs.post('claim', { claimId: 'theirs', waitMs: 60_000 });
  [held] = claimed.body['work'] as [RemoteWork];
  const { body } = await stranger.post('/v1/sessions', { plan: simulated() });
  own = String(body?.['id']);
  const paused = { name: ownSchedule(), plan: simulated(), cron: '0 3 29 2 *', paused: true };
  expect((await stranger.post('/v1/schedules', paused)).status).toBe(201);
  // For its log: what it reads is not kept.
  for (const _ of [1, 2]) expect((await owner.send('PATCH', '/v1/settings', { body: {} })).status).toBe(200);
  before = await fingerprint();
});
afterAll(async () => {
  const schedules = [
    ['default', planted['schedule'] ?? ''],
    ['other', planted['schedule'] ?? ''],
    ['other', ownSchedule()],
    ['other', ownSchedule('thief')],
  ] as const;
  for (const [workspace, name] of schedules)
    await installation
      .clientOf(workspace)
      .schedules.remove(name)
      .catch(() => undefined);
  await installation.close();
});

/** What is asked for, by names of the workspace `default`. */
interface Asked {
  path?: string;
  query?: Record<string, string>;
  body?: object;
  headers?: Record<string, string>;
}

/**
 * `nothing`: lists that are empty, and are not for the owner. `refusal`: no such thing, or not for you. `own`: what is done is done in the caller's
 * workspace. `unwritable`: there is no place for the name of another workspace.
 */
type Finds = 'nothing' | 'refusal' | 'own' | 'unwritable';

const withAgents = (finds: Finds, asks: (agent: string) => Asked, name = 'hidden'): [Finds, () => Asked][] =>
  [name, `default/${name}`].map((agent) => [finds, () => asks(agent)]);
const ownAgents = (finds: Finds, asks: (agent: string) => Asked): [Finds, () => Asked][] => [
  [finds, () => asks('hidden')],
  ['unwritable', () => asks('default/hidden')],
];
const planned = (finds: Finds, asks: (plan: object) => Asked): [Finds, () => Asked][] =>
  ownAgents(finds, (agent) => asks({ version: 1, name: 'thief', tasks: { t: { agent } } }));

const named: Record<string, [Finds, () => Asked | Promise<Asked>][]> = {
  'POST /v1/sessions plan': planned('refusal', (plan) => ({ body: { plan } })),
  'POST /v1/sessions id': [['own', () => ({ body: { plan: simulated(), id: planted['session'] } })]],
  'PUT /v1/sessions/{session}/plan plan': ownAgents('refusal', (agent) => ({
    path: `/v1/sessions/${own}/plan`,
    body: { plan: simulated({ agent }) },
  })),
  'POST /v1/sessions/{session}/plan/preview plan': ownAgents('refusal', (agent) => ({
    path: `/v1/sessions/${own}/plan/preview`,
    body: { plan: simulated({ agent }) },
  })),
  'POST /v1/tasks agent': withAgents('refusal', (agent) => ({ body: { type: 'theft', agent } })),
  'POST /v1/tasks id': [['own', () => ({ body: { type: 'theft', agent: 'spy', id: held.session } })]],
  'POST /v1/ci/trigger plan': planned('refusal', (plan) => ({
    body: { repository: 'a/b', branch: 'main', commit: 'c0ffee0', plan },
  })),
  'POST /v1/ci/trigger agents': ownAgents('refusal', (agent) => ({
    body: { repository: 'a/b', branch: 'main', commit: 'c0ffee0', agents: [agent], prompt: 'look' },
  })),
  // Whom it can have is found out when it runs.
  'POST /v1/schedules plan': planned('own', (plan) => ({
    body: { name: ownSchedule('thief'), plan, cron: '@daily', paused: true },
  })),
  'POST /v1/schedules name': [
    ['own', () => ({ body: { name: planted['schedule'], plan: simulated(), cron: '@daily', paused: true } })],
  ],
  'PUT /v1/schedules/{schedule} plan': planned('own', (plan) => ({
    path: `/v1/schedules/${ownSchedule()}`,
    body: { plan, cron: '@daily' },
  })),
  'POST /v1/webhooks name': [
    ['own', () => ({ body: { name: planted['webhook'], url: 'https://own.example/', types: ['alert'] } })],
  ],
  'POST /v1/plans/validate plan': planned('own', (plan) => ({ body: { plan } })).slice(0, 1),
  'POST /v1/plans/graph plan': planned('own', (plan) => ({ body: { plan } })),
  'POST /v1/plans/route plan': planned('own', (plan) => ({ body: { plan } })),
  'GET /v1/agents query': [['own', () => ({ query: { query: canary } })]],
  'POST /v1/agents name': [['own', () => ({ body: { name: 'hidden', connector: 'remote' } })]],
  'GET /v1/audit actor': [
    [
      'nothing',
      async () => {
        const [{ id = '' } = {}] = (await installation.apiTokens.list('default')).filter(
          ({ name }) => name === 'admin',
        );
        return { query: { actor: `token:admin/${id}` } };
      },
    ],
  ],
  'POST /v1/workspaces workspace': [['refusal', () => ({ body: { workspace: 'default' } })]],
  'POST /v1/tokens workspace': [['refusal', () => ({ body: { name: 'thief', role: 'admin', workspace: 'default' } })]],
  'GET /v1/learnings agent': withAgents('refusal', (agent) => ({ query: { agent } })),
  'GET /v1/insights agent': withAgents('refusal', (agent) => ({ query: { agent, all: 'true' } })),
  'GET /v1/metrics agent': withAgents('nothing', (agent) => ({ query: { agent } }), 'spy'),
  'POST /v1/outcomes reports': withAgents('refusal', (agent) => ({
    body: { reports: [{ id: '1', agent, verdict: 'failed', type: 'theft', endedAt: 1_000 }] },
  })),
  'PUT /v1/alerts/{alert} agent': ownAgents('own', (agent) => ({
    path: `/v1/alerts/${planted['alert']}`,
    body: { metric: 'success-rate', raiseAt: 0.5, agent },
  })),
  'POST /v1/alerts/test webhook': [['refusal', () => ({ body: { webhook: planted['webhook'] } })]],
  'POST /v1/optimisation/apply proposals': [['refusal', () => ({ body: { proposals: [openProposal] } })]],
};

/** Asked by an agent, and by following events: the two tests below; page by page: paged-lists.test.ts. */
const askedElsewhere = [
  ...fields.filter((field) => field.endsWith(' cursor')),
  ...['session', 'agent'].map((field) => `GET /v1/events ${field}`),
  'POST /v1/agents/{agent}/claim claimId',
  'POST /v1/agents/{agent}/heartbeat attempts',
  ...['complete', 'fail'].flatMap((verb) =>
    ['workspace', 'session', 'task', 'attempt', 'token'].map((field) => `POST /v1/agents/{agent}/${verb} ${field}`),
  ),
];

it('knows of each field of a query and of a body whether it names something', () => {
  const known = [...Object.keys(named), ...askedElsewhere, ...ofTheCaller];
  const naming = fields.filter((one) => !plain.has(one.split(' ')[2] ?? ''));
  expect([...new Set(known)].sort()).toEqual([...naming].sort());
});

const cases = Object.entries(named).flatMap(([field, asked]) =>
  asked.map(([finds, asks], nth) => ({ field, finds, asks, nth })),
);
// What is made in the workspace of the caller has names of the other one from then on.
cases.sort((one, other) => Number(isMade(one)) - Number(isMade(other)));

function isMade({ field, finds }: { field: string; finds: Finds }): boolean {
  return finds === 'own' && !field.startsWith('GET') && !field.includes('/plans/');
}

const sent = async (client: ApiClient, field: string, { path, query, body, headers }: Asked): Promise<Answer> => {
  const [method = '', url = ''] = field.split(' ');
  const at = `${path ?? url}${query ? `?${new URLSearchParams(query).toString()}` : ''}`;
  return client.send(method, at, { ...(body && { body }), ...(headers && { headers }) });
};

/** Of what there is a list; sums over nothing in particular are none. */
const rowsOf = ({ body }: Answer): unknown[] =>
  Object.values(body ?? {})
    .filter((value) => Array.isArray(value))
    .flat()
    .filter((row) => (row as { agent?: unknown }).agent !== null);

/** What the owner would be shown, and nobody else. */
const secrets = (): string[] => [canary, 'walled-far', planted['approval'] ?? '', planted['artifact'] ?? ''];

/** Of all that strangers could wish to change. */
async function fingerprint(): Promise<unknown> {
  const tables =
    'agents agent_memories agent_secrets agent_tokens alert_rules applied_proposals approvals insights plans proposals remote_work schedules webhooks ' +
    'workspace_members workspace_settings workspaces';
  const prints: Record<string, unknown> = {};
  for (const table of tables.split(' ')) {
    const { rows } = await installation.pool.query<{ print: string }>(
      `SELECT count(*) || ' ' || md5(string_agg(one::text, '|' ORDER BY one::text)) AS print FROM ${table} AS one WHERE workspace = 'default'`,
    );
    prints[table] = rows[0]?.print;
  }
  return prints;
}

it('follows no events of another workspace, whatever session or agent is named', async () => {
  const follow = async (query: string): Promise<string[]> => {
    const stream = await subscribe(api.url, await tokenOf(installation, 'viewer', 'other'), query);
    // Numbers of events are those of the installation: what was there before would have come first.
    await until('what is the own has come', () => stream.events.some(({ data }) => data['session'] === own));
    stream.cut();
    return stream.events.map(({ data }) => String(data['session']));
  };
  const ofBoth = await follow(`?session=${planted['session']},${held.session},${own}&after=0`);
  expect(new Set(ofBoth)).toEqual(new Set([own]));
  const ofAgents = await follow('?agent=a,default/a,spy,default/spy&after=0');
  expect(ofAgents).not.toContain(planted['session']);
  expect(ofAgents).not.toContain(held.session);
});

it('gives an agent no work of its namesake, and takes none from it', async () => {
  expect(await spy.post('claim', { claimId: 'theirs', repeated: true, max: 0 })).toEqual({
    status: 200,
    body: { work: [] },
  });
  const { workspace, session, task, attempt, token } = held;
  const reference = { workspace, session, task, attempt, token };
  for (const asked of [reference, { ...reference, workspace: 'other' }]) {
    expect(await spy.post('heartbeat', { attempts: [asked] })).toEqual({
      status: 200,
      body: { stop: [{ ...asked, reason: 'gone' }] },
    });
    for (const [verb, more] of [
      ['complete', { output: 'stolen' }],
      ['fail', { error: 'stolen' }],
    ] as const)
      expect(await spy.post(verb, { ...asked, ...more })).toMatchObject({
        status: 404,
        body: { code: 'ATTEMPT_NOT_FOUND' },
      });
  }
});

/** Of the home workspace, administrators make the first tokens of others. */
const ofTheInstallation = 'POST /v1/tokens workspace';

it.each(cases)('$field of another workspace ($nth) finds: $finds', async (one) => {
  await expectToFind(one, stranger);
  // Names that are made are taken then.
  if (!isMade(one) && one.field !== ofTheInstallation) await expectToFind(one, strangerAtHome);
});

async function expectToFind({ field, finds, asks }: (typeof cases)[number], client: ApiClient): Promise<void> {
  const asked = await asks();
  if (field === 'PUT /v1/sessions/{session}/plan plan') {
    const { headers } = await client.get(asked.path ?? '');
    asked.headers = { 'if-match': headers.get('etag') ?? '' };
  }
  const answer = await sent(client, field, asked);
  const { status, body } = answer;
  const text = JSON.stringify(body);
  const said = JSON.stringify(asked);
  for (const secret of secrets()) if (!said.includes(secret)) expect(text).not.toContain(secret);
  if (finds === 'refusal') {
    // What the schema refuses otherwise is no proof of a wall.
    expect([[403, 404, 409, 422], body]).toEqual([expect.arrayContaining([status]), body]);
    return;
  }
  if (finds === 'unwritable') {
    expect([[400, 422], text]).toEqual([
      expect.arrayContaining([status]),
      expect.stringContaining('must be letters, digits'),
    ]);
    return;
  }
  expect([[200, 201, 202], body]).toEqual([expect.arrayContaining([status]), body]);
  if (finds === 'own') return;
  expect(rowsOf(answer)).toEqual([]);
  const shown = await sent(owner, field, asked);
  if (!said.includes('default/')) expect(rowsOf(shown)).not.toEqual([]);
}

it('leaves everything as it was', async () => {
  expect(await fingerprint()).toEqual(before);
  expect(await installation.client.handle(planted['session'] ?? '').overview()).toMatchObject({ status: 'running' });
  expect(await theirs.settle('complete', held, { output: 1 })).toMatchObject({
    status: 200,
    body: { verdict: 'succeeded' },
  });
  const session = installation.client.handle(held.session);
  expect((await session.result()).status).toBe('succeeded');
  expect((await session.outputs()).get('far')).toBe(1);
  expect(await installation.client.handle(planted['session'] ?? '').overview()).toMatchObject({ status: 'running' });
});
