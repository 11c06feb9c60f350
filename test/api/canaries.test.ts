import { randomBytes } from 'node:crypto';
import { findFreePort } from '../../src/embedded/free-port';
import { createAgentToken } from '../../src/main/agent-tokens';
import { createApiToken } from '../../src/main/api-tokens';
import { beginAuthorization, discoverProvider, finishAuthorization } from '../../src/main/authorization';
import { rules } from '../../src/api/permissions';
import type { SessionHandle } from '../../src/client/session-handle';
import { definitionOf } from '../helpers/agent-definitions';
import { subscribe } from '../helpers/events/sse-client';
import { Browser } from '../helpers/login/browser';
import { audience, startIdentityProvider } from '../helpers/login/identity-provider';
import type { IdentityProvider } from '../helpers/login/identity-provider';
import { startCollector } from '../helpers/otlp-collector';
import { onServer } from '../helpers/servers/test-database';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { startReceiver } from '../helpers/webhooks/receiver';
import type { Receiver } from '../helpers/webhooks/receiver';
import { remoteClient } from '../workflows/remote-agent-client';
import type { RemoteAgentClient } from '../workflows/remote-agent-client';
import { ApiClient } from './api-client';
import { indiscreetAgents, indiscreetPlan, nestedPlan, startEcho } from './indiscreet-agents';

let installation: TestInstallation;
let provider: IdentityProvider;
let receiver: Receiver;
let echo: Awaited<ReturnType<typeof startEcho>>;
let collector: Awaited<ReturnType<typeof startCollector>>;
let indiscreet: ReturnType<typeof indiscreetAgents>;
let url: string;
// All tests share a Temporal.
const scheduleName = `canaries-${randomBytes(4).toString('hex')}`;
const databaseUser = `canaries_${randomBytes(4).toString('hex')}`;
const logged: string[] = [];
const original = process.stderr.write.bind(process.stderr);

const canary = (): string => `canary${randomBytes(12).toString('hex')}`;
const planted = { environment: canary(), spoken: canary(), unused: canary(), clientSecret: canary() };
const trusted = { told: canary(), echoed: canary(), answered: canary() };
const entered = { database: canary(), temporalKey: canary(), embeddings: canary(), traces: canary() };
const keys = { secretKey: randomBytes(32), auditKey: randomBytes(32) };
const webhooks = { webhook: randomBytes(32), rotated: randomBytes(32), pushed: randomBytes(32) };
const webhookSecret = (bytes: Buffer): string => `whsec_${bytes.toString('base64')}`;

beforeAll(async () => {
  process.stderr.write = (chunk: string | Uint8Array) => {
    logged.push(Buffer.from(chunk).toString());
    return true;
  };
  const port = await findFreePort([25_720]);
  url = `http://127.0.0.1:${port}`;
  [provider, receiver, echo, collector] = await Promise.all([
    startIdentityProvider(true, planted.clientSecret),
    startReceiver(),
    startEcho(),
    startCollector(),
    onServer(`CREATE ROLE ${databaseUser} SUPERUSER LOGIN PASSWORD '${entered.database}'`),
  ]);
  indiscreet = indiscreetAgents(echo.url, trusted);
  // What sends spans reads it from the process.
  process.env['OTEL_EXPORTER_OTLP_HEADERS'] = `authorization=Bearer ${entered.traces}`;
  const environment = {
    ORCHESTRA_SECRET_KEYS: `k1:${keys.secretKey.toString('base64')}`,
    ORCHESTRA_AUDIT_KEYS: `a1:${keys.auditKey.toString('base64')}`,
    ORCHESTRA_LOG_LEVEL: 'debug',
    ORCHESTRA_AUDIT: 'everything',
    ORCHESTRA_PRIVATE_WEBHOOKS: 'allow',
    ORCHESTRA_JWT_ISSUER: provider.issuer,
    ORCHESTRA_JWT_AUDIENCE: audience,
    ORCHESTRA_LOGIN_CLIENT_ID: 'orchestra',
    ORCHESTRA_LOGIN_CLIENT_SECRET: planted.clientSecret,
    ORCHESTRA_PUBLIC_URL: url,
    ORCHESTRA_EMBEDDINGS_URL: echo.url,
    ORCHESTRA_EMBEDDINGS_KEY: entered.embeddings,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    ORCHESTRA_LEARNING_INTERVAL_MS: '1000',
    ORCHESTRA_HEALTH_INTERVAL_MS: '1000',
  };
  installation = await openTestInstallation(environment, {
    database: { user: databaseUser, password: entered.database },
    temporalKey: entered.temporalKey,
  });
  await Promise.all([
    installation.startApi(port),
    installation.startWorkers(['sessions', 'agents', 'learning', 'health']),
  ]);
});
afterAll(async () => {
  process.stderr.write = original;
  delete process.env['OTEL_EXPORTER_OTLP_HEADERS'];
  await installation.close();
  await Promise.all([receiver.close(), collector.close(), indiscreet.close()]);
  await onServer(`DROP ROLE ${databaseUser}`);
  provider.close();
  echo.close();
});

const agent = { workspace: 'default', name: 'holder' };

/** As it is, in hexadecimal, and in base64 at each offset. Texts are of letters and digits, which JSON and URLs leave as they are. */
function formsOf(secret: string | Buffer): string[] {
  const bytes = Buffer.from(secret as string);
  const bases = [0, 1, 2].map((offset) =>
    Buffer.concat([Buffer.alloc(offset, 'x'), bytes])
      .toString('base64')
      .slice(4, -4),
  );
  const whole = typeof secret === 'string' ? [secret] : [bytes.toString('base64'), bytes.toString('base64url')];
  return [...whole.map((text) => text.replace(/=+$/, '')), bytes.toString('hex'), ...bases];
}

/** What the provider gives to a program that Ada lets in. */
async function accessToken(): Promise<string> {
  const settings = { issuer: provider.issuer, audience, clientId: 'orchestra', scope: 'openid' };
  const known = { ...settings, clientSecret: planted.clientSecret };
  const configuration = await discoverProvider(known);
  const redirectUri = 'http://127.0.0.1:1/callback';
  const { url: start, pending } = await beginAuthorization(configuration, known, redirectUri);
  const back = await new Browser().walk(start, (at) => at.startsWith(redirectUri));
  return (await finishAuthorization(configuration, known, new URL(back), pending)).token;
}

/** Logs Ada in with a browser, after somebody who made a code up; returns the secret of her cookie. */
async function logIn(): Promise<string> {
  const isBack = (at: string): boolean => at.startsWith(`${url}/login/callback`);
  const stranger = new Browser();
  const forged = new URL(await stranger.walk(`${url}/login`, isBack));
  forged.searchParams.set('code', 'made-up');
  expect((await stranger.send(forged.href)).status).toBe(401);
  const browser = new Browser();
  expect((await browser.send(await browser.walk(`${url}/login`, isBack))).status).toBe(302);
  return browser.cookies(url).get('orchestra-login') ?? '';
}

/** An agent that is given secrets, and receivers of webhooks with theirs. */
async function plant(): Promise<void> {
  const program =
    'const { KEPT, SPOKEN } = process.env; if (!KEPT || !SPOKEN) process.exit(9); process.stdout.write(JSON.stringify({ length: KEPT.length }))';
  await installation.agents.add('default', [
    definitionOf(agent.name, {
      connector: {
        connector: 'command',
        command: [process.execPath, '-e', program],
        env: { KEPT: '${{ secrets.KEPT }}', SPOKEN: 'Bearer ${{ secrets.SPOKEN }}' },
        stdin: 'json',
        output: 'json',
      },
    }),
    definitionOf('far', { connector: { connector: 'remote' } }),
    ...indiscreet.definitions,
  ]);
  for (const [name, secret, value] of indiscreet.secrets)
    await installation.agentSecrets.set({ workspace: 'default', name }, secret, value);
  await installation.agentSecrets.set(agent, 'KEPT', planted.environment);
  await installation.agentSecrets.set(agent, 'SPOKEN', planted.spoken);
  await installation.agentSecrets.set(agent, 'UNUSED', planted.unused);
  const secret = webhookSecret(webhooks.webhook);
  await installation.webhooks.set({ workspace: 'default', name: 'ops', url: 'https://ops.example/', secret });
  await installation.webhookMessages.rotate('default', 'ops', webhookSecret(webhooks.rotated), 3_600_000);
}

/** What became of agents that speak of what they were trusted with: as progress while they work, and when they fail. */
async function runIndiscreet(client: ApiClient, far: RemoteAgentClient): Promise<SessionHandle> {
  const run = await installation.start(indiscreetPlan, { files: { 'nested.plan.yaml': nestedPlan } });
  const work = await far.claim();
  await far.beat(work, { percent: 40, message: `I am ${far.token}` });
  const messages = async (): Promise<string> => JSON.stringify((await client.get(`/v1/sessions/${run.id}/tasks`)).body);
  await until('it is told how far they are', async () => {
    const said = await messages();
    return said.includes('begun with ***') && said.includes('I am ***');
  });
  const usage = { model: far.token, tools: [far.token] };
  await far.settle('fail', work, { error: `${far.token} does not work`, usage });
  await indiscreet.goOn();
  expect((await run.result()).status).toBe('failed');
  const said = await messages();
  for (const words of ['Bearer ***', 'The gate did not pass', '*** does not work', '"youSent":"Bearer ***"'])
    expect(said).toContain(words.replaceAll('"', '\\"'));
  return run;
}

/** A schedule that was run once, by an agent that speaks. */
async function runSchedule(client: ApiClient): Promise<void> {
  const plan = { version: 1, name: 'nightly', tasks: { echo: { agent: 'echoer', retry: { attempts: 1 } } } };
  expect((await client.post('/v1/schedules', { name: scheduleName, plan, cron: '0 3 29 2 *' })).status).toBe(201);
  expect((await client.post(`/v1/schedules/${scheduleName}/trigger`)).status).toBe(202);
  await until('it has run', async () => {
    const { sessions } = (await client.get('/v1/sessions?status=failed')).body as {
      sessions: { plan: { name: string } }[];
    };
    return sessions.some((one) => one.plan.name === 'nightly');
  });
}

/** Everything that Temporal keeps for this installation: of all kinds of workflows, and of schedules. */
async function keptByTemporal(run: SessionHandle): Promise<string> {
  const { workflow, schedule } = installation.temporal;
  const { taskQueue } = await workflow.getHandle(run.workflowId).describe();
  const query = `TaskQueue = "${taskQueue}"`;
  const kinds = new Set<string>();
  await until('all kinds of workflows have run', async () => {
    for await (const { type } of workflow.list({ query })) kinds.add(type);
    return ['checkHealth', 'learn', 'mine', 'scheduledSession', 'session'].every((kind) => kinds.has(kind));
  });
  const kept: string[] = [];
  for await (const { workflowId, runId } of workflow.list({ query })) {
    const { events } = await workflow.getHandle(workflowId, runId).fetchHistory();
    // Bytes as base64, in which secrets are looked for too.
    kept.push(JSON.stringify(events), JSON.stringify((await workflow.getHandle(workflowId, runId).describe()).raw));
  }
  // Of learning, of health, and of a user: lists come a little later than what they show.
  const schedules = new Set<string>();
  await until('all schedules are listed', async () => {
    for await (const { scheduleId } of schedule.list())
      if ([taskQueue, scheduleName].some((part) => scheduleId.includes(part))) schedules.add(scheduleId);
    return schedules.size >= 3;
  });
  expect(schedules.size).toBe(3);
  for (const id of schedules)
    kept.push(`schedule ${id}`, JSON.stringify((await schedule.getHandle(id).describe()).raw));
  return kept.join('\n');
}

/** All that the API shows to an administrator of what is there. */
async function shown(client: ApiClient, names: Record<string, string>): Promise<string[]> {
  const answers: string[] = [];
  for (const operation of Object.keys(rules)) {
    const [method = '', path = ''] = operation.split(' ');
    if (method !== 'GET') continue;
    const { body } = await client.get(path.replaceAll(/\{(\w+)\}/g, (_, name: string) => names[name] ?? 'none'));
    answers.push(JSON.stringify(body));
  }
  return answers;
}

async function dumped(): Promise<string> {
  const tables = await installation.pool.query<{ name: string }>(
    `SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'`,
  );
  const dump: string[] = [];
  for (const { name } of tables.rows) {
    const { rows } = await installation.pool.query<{ text: string }>(`SELECT t::text AS text FROM ${name} AS t`);
    dump.push(`-- ${name}`, ...rows.map(({ text }) => text));
  }
  return dump.join('\n');
}

test('planted secrets are found nowhere: not in the database, histories, logs, reports, events, webhooks, or answers of the API', async () => {
  await plant();
  const expiresAt = Date.now() + 3_600_000;
  const apiToken = await createApiToken(installation.apiTokens, 'default', { name: 'ci', role: 'admin', expiresAt });
  const agentToken = await createAgentToken(installation.agentTokens, { ...agent, name: 'far' }, null);
  const [jwt, cookie] = [await accessToken(), await logIn()];
  const client = new ApiClient(url, apiToken.token);
  const ofAda = new ApiClient(url, jwt);
  const ofFar = new ApiClient(url, agentToken.token);
  const hook = { name: 'told', url: receiver.url, types: ['session-ended'], secret: webhookSecret(webhooks.pushed) };
  expect((await client.post('/v1/webhooks', hook)).status).toBe(201);

  const run = await installation.start(
    'version: 1\nname: kept\ntasks: { work: { agent: holder, retry: { attempts: 1 } } }\n',
  );
  expect((await run.result()).status).toBe('succeeded');
  const told = await runIndiscreet(client, remoteClient(url, 'far', agentToken.token));
  await runSchedule(client);
  await until('the receiver is told', () => receiver.received.length > 2);
  // Looked for by its meaning too: the embedder refuses.
  const remembered = await client.get('/v1/agents/talker/memories?query=key');
  expect(remembered.body).toMatchObject({ memories: [{ text: 'The key was ***' }] });
  expect(echo.heard).toEqual(expect.arrayContaining([`Bearer ${trusted.echoed}`, `Bearer ${entered.embeddings}`]));

  // Taken with the secrets in hand, and refused for what they are not for, and for a letter that is wrong; and sent where they do not belong.
  expect((await ofAda.get('/v1/whoami')).body).toMatchObject({ subject: 'jwt:ada', role: 'user' });
  expect((await ofFar.post('/v1/agents/far/claim', { claimId: 'c' })).body).toEqual({ work: [] });
  const secret = webhookSecret(webhooks.pushed);
  const tried = await Promise.all([
    ofAda.post('/v1/tokens', { name: 'more', role: 'admin' }),
    new ApiClient(url, `${jwt.slice(0, -8)}AAAAAAAA`).get('/v1/sessions'),
    client.get(`/v1/sessions?token=${jwt}`),
    client.get(`/v1/sessions?token=${apiToken.token}`),
    client.post('/v1/webhooks', { ...hook, url: 'ftp://nowhere', secret }),
    new ApiClient(url, `${apiToken.token.slice(0, -1)}~`).get('/v1/sessions'),
    ofFar.post('/v1/agents/holder/claim', { claimId: 'c' }),
    new ApiClient(url, cookie).get('/v1/sessions'),
  ]);
  expect(tried.map(({ status }) => status)).toEqual([403, 401, 200, 200, 400, 401, 403, 401]);
  const answers = [
    ...tried.map(({ body }) => JSON.stringify(body)),
    ...(await shown(client, { session: run.id, run: 'work', agent: agent.name, webhook: 'told' })),
    ...(await shown(client, { session: told.id, run: 'talk', agent: 'talker', webhook: 'told' })),
  ];
  expect(answers.join('')).toContain('holder');
  const stream = await subscribe(url, apiToken.token, '?after=0');
  const ended = (): number => stream.events.filter(({ type }) => type === 'session-ended').length;
  await until('all of the sessions has come', () => ended() > 3);
  stream.cut();

  const history = await keptByTemporal(told);
  expect(history).toContain('core_local_activity');
  expect(formsOf('"planName":"kept"').some((form) => history.includes(form))).toBe(true);
  await installation.audit.close();
  const database = await dumped();
  expect(database).toContain(run.id);
  expect(database).toContain('jwt:ada');
  expect(logged.join('')).toContain('"reqId"');
  expect(logged.join('')).toContain('/login/callback');

  await until('spans have come', () => collector.spans.length > 0);
  expect([...collector.authorizations]).toEqual([`Bearer ${entered.traces}`]);

  const places = {
    database,
    history,
    answers: answers.join('\n'),
    events: JSON.stringify(stream.events),
    logs: logged.join(''),
    reports: installation.reports.join('\n'),
    webhooks: JSON.stringify(receiver.received),
    spans: JSON.stringify(collector.spans),
  };
  const [, claims = '', signature = ''] = jwt.split('.');
  const secrets = {
    ...planted,
    ...trusted,
    ...entered,
    ...keys,
    ...webhooks,
    apiToken: apiToken.token.slice(-43),
    agentToken: agentToken.token.slice(-43),
    cookie: cookie.slice(-43),
    claims,
    signature,
    // All but what the token had that was refused.
    beginning: jwt.slice(0, -8),
  };
  const found = Object.entries(secrets).flatMap(([name, value]) =>
    Object.entries(places).flatMap(([place, text]) =>
      formsOf(value).some((form) => text.includes(form)) ? [`${name} in ${place}`] : [],
    ),
  );
  expect(found).toEqual([]);
});
