import { definitionOf } from '../helpers/agent-definitions';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { startControlledAgent } from './controlled-agent';
import type { ControlledAgent } from './controlled-agent';

let installation: TestInstallation;
let best: ControlledAgent;
let other: ControlledAgent;

beforeAll(async () => {
  [installation, best, other] = await Promise.all([
    openTestInstallation({ ORCHESTRA_BREAKER_MS: '500', ORCHESTRA_HEALTH_INTERVAL_MS: '1000' }),
    startControlledAgent(),
    startControlledAgent(),
  ]);
  await installation.startWorkers(['sessions', 'agents', 'health']);
});
afterAll(async () => {
  await Promise.all([best.close(), other.close()]);
  await installation.close();
});

const kindsOf = async (name: string): Promise<string[]> =>
  (await installation.breakers.events({ workspace: 'default', name }, 100)).map(({ kind }) => kind).reverse();

const register = (name: string, url: string, proficiency: number): Promise<void> =>
  installation.agents.add('default', [
    definitionOf(name, {
      connector: { connector: 'http', url, headers: {} },
      capabilities: [{ name: 'write', proficiency, technologies: [] }],
      maxConcurrent: 10,
    }),
  ]);

const plan = (items: number): string =>
  `version: 1
name: p
concurrency: 1
defaults: { retry: { attempts: 10, initialInterval: 1ms } }
tasks: { write: { forEach: [${Array.from({ length: items }, (_, at) => at).join(', ')}], agent: { capability: write } } }
`;

/** The agents of the items of a session that has succeeded. */
const run = async (items: number): Promise<string[]> => {
  const session = await installation.start(plan(items));
  await until('the session has succeeded', async () => (await session.overview()).status === 'succeeded');
  return (await session.runs()).flatMap(({ agent }) => agent ?? []);
};

it('an agent that starts failing loses its work to another, and gets it again when it has recovered', async () => {
  await register('best', best.url, 1);
  await register('other', other.url, 0.5);
  other.answerAll(0);

  best.answerAll(0, null, 500);
  expect(new Set(await run(8))).toEqual(new Set(['other']));
  expect((await kindsOf('best'))[0]).toBe('breaker-opened');

  best.answerAll(0);
  const hasRecovered = async (): Promise<boolean> => {
    await run(3);
    return (await kindsOf('best')).at(-1) === 'breaker-closed';
  };
  await until('its circuit breaker is closed', hasRecovered);
  // Workers hear of it a moment later.
  await until('all work goes to it again', async () => (await run(2)).every((name) => name === 'best'));
});

it('a task that waits for an agent in quarantine gets it as soon as it is reset', async () => {
  await register('sole', other.url, 1);
  await installation.breakers.quarantine({ workspace: 'default', name: 'sole' }, 'it leaks');
  const session = await installation.start('version: 1\nname: p\ntasks: { t: { agent: sole } }\n');
  await until('it waits', async () => (await session.overview()).status === 'waiting');
  expect(await session.runs()).toMatchObject([
    { waitsFor: 'All that meet the requirement are in error: sole (it is in quarantine: it leaks).' },
  ]);
  await installation.breakers.reset({ workspace: 'default', name: 'sole' });
  await until('the session has succeeded', async () => (await session.overview()).status === 'succeeded');
});

it('an idle agent is looked at by the health worker, which notes that it cannot be reached', async () => {
  await register('away', 'http://127.0.0.1:1/', 1);
  await until('it is noted', async () => (await kindsOf('away')).includes('unreachable'));
});
