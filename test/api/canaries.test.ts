import { randomBytes } from 'node:crypto';
import { createAgentToken } from '../../src/main/agent-tokens';
import { createApiToken } from '../../src/main/api-tokens';
import { rules } from '../../src/api/permissions';
import { definitionOf } from '../helpers/agent-definitions';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { ApiClient } from './api-client';

let installation: TestInstallation;
let url: string;
const logged: string[] = [];
const original = process.stderr.write.bind(process.stderr);

beforeAll(async () => {
  process.stderr.write = (chunk: string | Uint8Array) => {
    logged.push(Buffer.from(chunk).toString());
    return true;
  };
  installation = await openTestInstallation({
    ORCHESTRA_SECRET_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    ORCHESTRA_LOG_LEVEL: 'debug',
    ORCHESTRA_AUDIT: 'everything',
  });
  const [api] = await Promise.all([installation.startApi(), installation.startWorkers()]);
  ({ url } = api);
});
afterAll(async () => {
  process.stderr.write = original;
  await installation.close();
});

const agent = { workspace: 'default', name: 'holder' };
const canary = (): string => `canary${randomBytes(12).toString('hex')}`;
const planted = { environment: canary(), spoken: canary(), unused: canary(), webhook: canary() };

/** As it is, in base64 at each offset, in hexadecimal, and reversed into JSON and URLs it stays the same: letters and digits only. */
function formsOf(secret: string): string[] {
  const bases = [0, 1, 2].map((offset) =>
    Buffer.from('x'.repeat(offset) + secret)
      .toString('base64')
      .slice(4, -4),
  );
  return [secret, Buffer.from(secret).toString('hex'), ...bases];
}

test('planted secrets are found nowhere: not in the database, histories, logs, reports, or answers of the API', async () => {
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
  ]);
  await installation.agentSecrets.set(agent, 'KEPT', planted.environment);
  await installation.agentSecrets.set(agent, 'SPOKEN', planted.spoken);
  await installation.agentSecrets.set(agent, 'UNUSED', planted.unused);
  const webhook = Buffer.from(planted.webhook).toString('base64');
  await installation.webhooks.set({
    workspace: 'default',
    name: 'ops',
    url: 'https://ops.example/',
    secret: `whsec_${webhook}`,
  });
  const expiresAt = Date.now() + 3_600_000;
  const apiToken = await createApiToken(installation.apiTokens, 'default', { name: 'ci', role: 'admin', expiresAt });
  await installation.agents.add('default', [definitionOf('far', { connector: { connector: 'remote' } })]);
  const agentToken = await createAgentToken(installation.agentTokens, { ...agent, name: 'far' }, null);

  const run = await installation.start(
    'version: 1\nname: kept\ntasks: { work: { agent: holder, retry: { attempts: 1 } } }\n',
  );
  expect((await run.result()).status).toBe('succeeded');
  const client = new ApiClient(url, apiToken.token);
  // Refused with the secrets in hand: wrong tokens that begin like right ones, and a claim for another agent.
  await new ApiClient(url, `${apiToken.token.slice(0, -1)}~`).get('/v1/sessions');
  await new ApiClient(url, agentToken.token).post('/v1/agents/holder/claim', { claimId: 'c' });
  const answers: string[] = [];
  const names: Record<string, string> = { session: run.id, run: 'work', agent: agent.name };
  for (const operation of Object.keys(rules)) {
    const [method = '', path = ''] = operation.split(' ');
    if (method !== 'GET') continue;
    const { body } = await client.get(path.replaceAll(/\{(\w+)\}/g, (_, name: string) => names[name] ?? 'none'));
    answers.push(JSON.stringify(body));
  }
  expect(answers.join('')).toContain('holder');

  const { events } = await installation.temporal.workflow.getHandle(run.workflowId).fetchHistory();
  // Bytes as base64, in which secrets are looked for too.
  const history = JSON.stringify(events);
  expect(history).toContain('core_local_activity');
  expect(formsOf('"planName":"kept"').some((form) => history.includes(form))).toBe(true);
  await installation.audit.close();
  const tables = await installation.pool.query<{ name: string }>(
    `SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'`,
  );
  const dump: string[] = [];
  for (const { name } of tables.rows) {
    const { rows } = await installation.pool.query<{ text: string }>(`SELECT t::text AS text FROM ${name} AS t`);
    dump.push(`-- ${name}`, ...rows.map(({ text }) => text));
  }
  expect(dump.join('\n')).toContain(run.id);
  expect(logged.join('')).toContain('"reqId"');

  const places = {
    database: dump.join('\n'),
    history,
    answers: answers.join('\n'),
    logs: logged.join(''),
    reports: installation.reports.join('\n'),
  };
  const secrets = {
    ...planted,
    apiToken: apiToken.token.slice(-43),
    agentToken: agentToken.token.slice(-43),
    webhook64: webhook,
  };
  const found = Object.entries(secrets).flatMap(([secret, value]) =>
    Object.entries(places).flatMap(([place, text]) =>
      formsOf(value).some((form) => text.includes(form)) ? [`${secret} in ${place}`] : [],
    ),
  );
  expect(found).toEqual([]);
});
