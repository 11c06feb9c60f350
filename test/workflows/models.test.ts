import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAgent } from '../../src/contracts/schemas/read-agent';
import type { AgentDefinition } from '../../src/domain/agents/agent';
import type { RunningApi } from '../../src/main/api';
import { preparePlan } from '../../src/main/prepare-plan';
import { createPlanStore } from '../../src/stores/plans';
import { definitionOf } from '../helpers/agent-definitions';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { learnAll } from '../stores/learn-all';
import { startControlledAgent } from './controlled-agent';
import type { ControlledAgent } from './controlled-agent';
import { registerRemote } from './remote-agent-client';

let installation: TestInstallation;
let agent: ControlledAgent;
let api: RunningApi;
let folder: string;

beforeAll(async () => {
  [installation, agent] = await Promise.all([openTestInstallation(), startControlledAgent()]);
  // Workers that come later know of it from the beginning.
  await installation.client.settings.change({ set: { exploration: 0 }, unset: [] });
  [api] = await Promise.all([installation.startApi(), installation.startWorkers()]);
  folder = await mkdtemp(join(tmpdir(), 'models-'));
});
afterAll(async () => {
  await agent.close();
  await installation.close();
  await rm(folder, { recursive: true, force: true });
});

/** Stands in for the command line of Claude Code: notes its arguments, and fails with the small model. */
const fakeClaude = `#!${process.execPath}
const { appendFileSync } = require('node:fs');
const model = process.argv[process.argv.indexOf('--model') + 1];
appendFileSync(__dirname + '/calls', model + ' ' + process.env.ORCHESTRA_MODEL + '\\n');
if (model === 'small') process.exit(1);
console.log(JSON.stringify({ done: true }));
`;

async function registerClaude(): Promise<void> {
  const program = join(folder, 'claude');
  await writeFile(program, fakeClaude);
  await chmod(program, 0o755);
  const { definition, issues } = readAgent(
    'coder.md',
    '---\nname: coder\nmodels: [{ name: large, price: { inputUsd: 4, outputUsd: 20 } }, { name: small, price: { inputUsd: 1, outputUsd: 5 } }]\n---\nYou write code.\n',
  );
  expect(issues).toEqual([]);
  const { connector, ...rest } = definition as AgentDefinition;
  if (connector.connector !== 'command') throw new Error('a subagent of Claude Code is a program');
  const [, ...words] = connector.command;
  await installation.agents.add('default', [{ ...rest, connector: { ...connector, command: [program, ...words] } }]);
}

const runs = async (): Promise<string[]> => (await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n');

it('are passed to Claude Code with --model, and the next session takes the one that outcomes speak for', async () => {
  await registerClaude();
  const plan = 'version: 1\nname: p\ntasks: { fix: { agent: coder, prompt: Go, retry: { attempts: 1 } } }\n';
  const first = await installation.start(plan);
  expect((await first.result()).status).toBe('failed');
  expect(await runs()).toEqual(['small small']);
  await learnAll({ pool: installation.pool, plans: createPlanStore(installation.pool, preparePlan) });
  // Workers hear of it a moment later.
  await until('the larger model is chosen', async () => {
    const session = await installation.start(plan);
    return (await session.result()).status === 'succeeded';
  });
  expect((await runs()).at(-1)).toBe('large large');
  const { rows } = await installation.pool.query<{ model: string; verdict: string }>(
    `SELECT DISTINCT model, verdict FROM outcomes WHERE agent = 'coder' ORDER BY model`,
  );
  expect(rows).toEqual([
    { model: 'large', verdict: 'succeeded' },
    { model: 'small', verdict: 'failed' },
  ]);
});

const models = [{ name: 'small' }];

it('are told to services in the request, and price the tokens of those that do not say which model they used', async () => {
  await installation.agents.add('default', [
    definitionOf('service', {
      connector: { connector: 'http', url: agent.url, headers: { 'x-model': '${{ model }}' } },
      models: [{ name: 'small', price: { inputUsd: 1, outputUsd: 5 } }],
    }),
  ]);
  const session = await installation.start('version: 1\nname: q\ntasks: { look: { agent: service } }\n');
  const arrival = await agent.arrival('look', 1, session.id);
  expect(arrival).toMatchObject({ model: 'small', headers: { 'x-model': 'small' } });
  const usage = { inputTokens: 1_000_000, outputTokens: 100_000 };
  await agent.answer('look', { session: session.id, output: { usage } });
  expect((await session.result()).status).toBe('succeeded');
  const { rows } = await installation.pool.query(
    'SELECT model, cost_usd::float8 AS cost FROM outcomes WHERE session = $1',
    [session.id],
  );
  expect(rows).toEqual([{ model: 'small', cost: 1.5 }]);
});

it('are told to agents that come for their work', async () => {
  const remote = await registerRemote(installation, api, 'far');
  await installation.agents.change({ workspace: 'default', name: 'far' }, { models });
  const session = await installation.start('version: 1\nname: r\ntasks: { work: { agent: far } }\n');
  const work = await remote.claim();
  expect(work).toMatchObject({ model: 'small' });
  await remote.settle('complete', work, { output: 1, usage: { model: 'larger', tokens: 5 } });
  expect((await session.result()).status).toBe('succeeded');
  const { rows } = await installation.pool.query('SELECT model FROM outcomes WHERE session = $1', [session.id]);
  expect(rows).toEqual([{ model: 'larger' }]);
});
