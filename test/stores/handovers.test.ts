import type { AgentKey } from '../../src/domain/agents/agent';
import { createAgentDirectory } from '../../src/stores/agent-directory';
import { createAgentRegistry } from '../../src/stores/agents';
import { createFeedbackStore } from '../../src/stores/feedback';
import { createLearningStore } from '../../src/stores/learning';
import { createRoutingReader } from '../../src/stores/routing-reader';
import { definitionOf } from '../helpers/agent-definitions';
import { learnAll } from './learn-all';
import { ended, started } from './session-driver';
import { justNow, settlement } from './settlements';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;

beforeEach(async () => {
  stores = await openTestStores();
  const able = (name: string) => [{ name, proficiency: 1, technologies: [] }];
  await createAgentRegistry(stores.pool).add('default', [
    definitionOf('planner', { capabilities: able('plan') }),
    definitionOf('ada', { capabilities: able('code') }),
    definitionOf('bob', { capabilities: able('code') }),
  ]);
});
afterEach(() => stores.close());

const keyOf = (name: string): AgentKey => ({ workspace: 'default', name });

const planFor = (writer: string): string => `version: 1
name: p
defaults: { retry: { attempts: 1 } }
tasks:
  outline: { agent: planner }
  write: { agent: ${writer}, needs: [outline] }
`;

type Verdict = 'succeeded' | 'failed';

/** A session in which the writer goes on from what the planner made; its id. */
async function handOver(writer: string, verdict: Verdict = 'succeeded'): Promise<string> {
  const session = await stores.addSession(planFor(writer));
  let { attempts } = await session.take(started);
  for (const own of ['succeeded', verdict] as const) {
    const [attempt] = attempts;
    if (!attempt) throw new Error('no attempt was started');
    await stores.attempts.begin(attempt, 'worker');
    await stores.attempts.settle(settlement(attempt, { ...justNow(), verdict: own }));
    ({ attempts } = await session.take(ended(attempt.run, attempt.attempt, own)));
  }
  return session.id;
}

async function known(name: string): Promise<unknown> {
  const profile = (await createAgentDirectory(stores.pool).roster()).entry(keyOf(name))?.profile;
  return profile?.handovers && Object.fromEntries(profile.handovers);
}

const sums = (succeeded: number, failed: number) => ({
  'default/planner': { succeeded: expect.closeTo(succeeded, 3), failed: expect.closeTo(failed, 3) },
});

it('are learnt once, with the agent whose result it was', async () => {
  for (const verdict of ['succeeded', 'failed', 'succeeded'] as const) await handOver('ada', verdict);
  await learnAll(stores);
  expect(await known('ada')).toEqual(sums(2, 1));
  await handOver('ada');
  await learnAll(stores);
  await learnAll(stores);
  expect(await known('ada')).toEqual(sums(3, 1));
  expect([await known('bob'), await known('planner')]).toEqual([undefined, undefined]);
});

it('follow what people say later, and are forgotten with the agent that they are of, or from', async () => {
  const session = await handOver('ada');
  await handOver('bob');
  await learnAll(stores);
  await createFeedbackStore(stores.pool).add({ workspace: 'default', session, run: 'write' }, { rating: 1 });
  await learnAll(stores);
  expect(await known('ada')).toEqual(sums(0, 1));
  await createLearningStore(stores.pool).forget('default', keyOf('ada'));
  expect([await known('ada'), await known('bob')]).toEqual([undefined, sums(1, 0)]);
  await createAgentRegistry(stores.pool).remove(keyOf('planner'));
  expect(await known('bob')).toBeUndefined();
});

it('decide who goes on from an agent, where others are as good', async () => {
  for (let n = 0; n < 8; n++) await handOver('bob');
  await learnAll(stores);
  // Of bob nothing is known but how it goes on from the planner.
  await stores.pool.query(`DELETE FROM learned_records`);
  await stores.pool.query(
    `INSERT INTO workspace_settings (workspace, options) VALUES ('default', '{"exploration":0}')`,
  );
  stores.directory.forget();
  const session = await stores.addSession(planFor('{ capability: code }'));
  const first = await session.take(started);
  const [outline] = first.attempts;
  if (!outline) throw new Error('no attempt was started');
  await stores.attempts.begin(outline, 'worker');
  await stores.attempts.settle(settlement(outline, justNow()));
  await session.take(ended(outline.run));
  const [explained] = await createRoutingReader(stores.pool).assignments('default', session.id, 'write');
  expect(explained?.assignment).toMatchObject({
    agent: { name: 'bob' },
    inputs: { requirement: { givers: ['planner'] } },
  });
});
