import { miningWindow } from '../../src/activities/learning/mine-insights';
import type { OutcomeReport } from '../../src/domain/learning/outcome-report';
import type { AgentKey } from '../../src/domain/agents/agent';
import { createAgentDirectory } from '../../src/stores/agent-directory';
import { createAgentRegistry } from '../../src/stores/agents';
import { createFeedbackStore } from '../../src/stores/feedback';
import { createInsightMiningStore } from '../../src/stores/insight-mining';
import { createLearningStore } from '../../src/stores/learning';
import { createOutcomeReportStore } from '../../src/stores/outcome-reports';
import { createRoutingReader } from '../../src/stores/routing-reader';
import { definitionOf } from '../helpers/agent-definitions';
import { learnAll } from './learn-all';
import { ended, started } from './session-driver';
import { justNow, settlement } from './settlements';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

const elsewhere: Omit<OutcomeReport, 'agent'> = {
  id: '1',
  verdict: 'succeeded',
  kind: { capability: 'code', taskType: 'write', technologies: [] },
  attempt: 1,
  endedAt: Date.now(),
  durationMs: null,
  costUsd: null,
  tokens: null,
  inputTokens: null,
  outputTokens: null,
  cachedInputTokens: null,
  quality: null,
  error: null,
  model: null,
  work: null,
};

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

/** A session in which the writer goes on from what the planner made; its id. `isOld`: of before that was stored with outcomes. */
async function handOver(writer: string, verdict: Verdict = 'succeeded', isOld = false): Promise<string> {
  const session = await stores.addSession(planFor(writer));
  let { attempts } = await session.take(started);
  for (const own of ['succeeded', verdict] as const) {
    const [attempt] = attempts;
    if (!attempt) throw new Error('no attempt was started');
    await stores.attempts.begin(attempt, 'worker');
    const needs = attempt.run === 'write' ? ['outline'] : [];
    await stores.attempts.settle(settlement(attempt, { ...justNow(), verdict: own, ...(!isOld && { needs }) }));
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

it('are told with the outcome, as it was when the attempt was made', async () => {
  const session = await handOver('ada', 'failed');
  const reader = createRoutingReader(stores.pool);
  const given = { run: 'outline', attempt: 1, workspace: 'default', agent: 'planner' };
  expect(await reader.outcomes('default', session, 'write')).toMatchObject([{ verdict: 'failed', handoffs: [given] }]);
  expect(await reader.outcomes('default', session, 'outline')).toMatchObject([{ handoffs: [] }]);
  const mined = await createInsightMiningStore(stores.pool).attempts('default', miningWindow);
  expect(mined.find(({ task }) => task === 'write')).toMatchObject({ handoffs: [given] });
});

it('are learnt by the plan where they were not stored with the outcome, and from whom a report names', async () => {
  await handOver('ada', 'succeeded', true);
  await createOutcomeReportStore(stores.pool).add('default', [
    { ...elsewhere, agent: keyOf('bob'), work: { collaborators: ['default/planner', 'default/gone'] } },
  ]);
  await learnAll(stores);
  expect([await known('ada'), await known('bob')]).toEqual([sums(1, 0), sums(1, 0)]);
});

it('are those of the winner, where a race was needed', async () => {
  const session = await stores.addSession(`version: 1
name: p
defaults: { retry: { attempts: 1 } }
tasks:
  draft: { agent: { capability: code, race: 2 } }
  check: { agent: planner, needs: [draft] }
`);
  const { attempts } = await session.take(started);
  for (const attempt of attempts) await stores.attempts.begin(attempt, 'worker');
  const [loser, winner] = attempts;
  if (!loser || !winner) throw new Error('they race');
  await stores.attempts.settle(settlement(winner, justNow()));
  const { attempts: next } = await session.take(ended(winner.run));
  await stores.attempts.settle(settlement(loser, justNow()));
  const [check] = next;
  if (!check) throw new Error('the race is over');
  await stores.attempts.begin(check, 'worker');
  await stores.attempts.settle(settlement(check, { ...justNow(), needs: ['draft'] }));
  const [outcome] = await createRoutingReader(stores.pool).outcomes('default', session.id, 'check');
  expect(outcome?.handoffs).toMatchObject([{ run: winner.run, attempt: 1, workspace: 'default' }]);
});

it('are asked for as they are learnt: of a fan-out that is needed, none', async () => {
  const session = await stores.addSession(`version: 1
name: p
tasks:
  outline: { agent: planner }
  parts: { agent: ada, forEach: [1] }
  write: { agent: { capability: code }, needs: [outline, parts] }
`);
  const { attempts } = await session.take(started);
  expect(attempts.map(({ run }) => run).sort()).toEqual(['outline', 'parts[0]']);
  for (const attempt of attempts) {
    await stores.attempts.begin(attempt, 'worker');
    await stores.attempts.settle(settlement(attempt, justNow()));
    await session.take(ended(attempt.run));
  }
  const [explained] = await createRoutingReader(stores.pool).assignments('default', session.id, 'write');
  expect(explained?.assignment).toMatchObject({ inputs: { requirement: { givers: ['planner'] } } });
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
