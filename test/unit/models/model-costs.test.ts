import { emptyRecord } from '../../../src/domain/learning/record-sums';
import { modelCosts } from '../../../src/domain/models/model-costs';
import { assign } from '../../../src/domain/routing/assign';
import type { AgentProfile } from '../../../src/domain/routing/agent-profile';
import { recompute } from '../../../src/domain/routing/build-assignment';
import { Roster } from '../../../src/domain/routing/roster';
import { defaultSettings } from '../../../src/domain/routing/settings';
import { modelRecords, withModelRecords } from '../../../src/domain/routing/model-records';
import { agent, needs } from '../routing/agent-profiles';

const priced = (name: string, usd: number) => ({ name, price: { inputUsd: usd, outputUsd: usd } });
const spent = (count: number, usd: number) => ({
  ...emptyRecord,
  succeeded: count,
  cost: { count, sumUsd: count * usd },
});

test('a model costs what attempts with it did: of the agent, or else of others', () => {
  const known = {
    modelRecords: new Map([['ours', { record: spent(3, 0.2) }]]),
    ofModels: new Map([
      ['ours', spent(9, 0.5)],
      ['theirs', spent(4, 0.3)],
    ]),
  };
  expect(modelCosts([{ name: 'ours' }, { name: 'vendor/theirs-20260101' }, { name: 'unheard-of' }], known)).toEqual([
    { name: 'ours', usd: expect.closeTo(0.2) },
    { name: 'vendor/theirs-20260101', usd: expect.closeTo(0.3) },
    { name: 'unheard-of' },
  ]);
});

test('before there are any, its price tells it, beside models of which price and cost are known', () => {
  const ofModels = new Map([['gpt-4o', spent(5, 0.0875)]]);
  // (3 · 2.5 + 10) ÷ 4 = 4.375 a million tokens, so an attempt takes 20,000.
  expect(modelCosts([priced('new', 2)], { ofModels })).toEqual([
    { name: 'new', usd: expect.closeTo(0.04), perMillionUsd: 2 },
  ]);
  expect(modelCosts([priced('new', 2)], {})).toEqual([{ name: 'new', perMillionUsd: 2 }]);
  // Two attempts may be dear or cheap by chance.
  expect(modelCosts([priced('new', 2)], { ofModels: new Map([['gpt-4o', spent(2, 1)]]) })).toEqual([
    { name: 'new', perMillionUsd: 2 },
  ]);
});

function cheapest(...profiles: AgentProfile[]) {
  const ofModels = modelRecords(profiles);
  const roster = new Roster(profiles.map((profile) => withModelRecords(profile, ofModels)));
  const settings = { ...defaultSettings, strategy: 'cheapest' as const };
  const [answer] = assign(roster, [{ workspace: 'w', requirement: needs() }], settings);
  if (answer?.kind !== 'assigned') throw new Error('nobody got it');
  expect(recompute(JSON.parse(JSON.stringify(answer)) as typeof answer)).toEqual(answer);
  return answer;
}

test('the strategy cheapest knows prices of models, where nothing was measured yet', () => {
  const dear = agent('ada', { models: [priced('large', 15), priced('largest', 75)] });
  const cheap = agent('bob', { models: [priced('small', 1)] });
  const found = cheapest(dear, cheap, agent('cy'));
  expect(found).toMatchObject({ agent: { name: 'bob' }, expectedCostUsd: null });
  expect(found.reasoning).toContain('has the cheapest model of 3 agents that meet the requirement, at about $1.00 for');
});

test('what attempts cost goes before the price of tokens, and what an owner states before models', () => {
  const priceOnly = agent('bob', { models: [priced('small', 1)] });
  expect(cheapest(priceOnly, agent('cy', { cost: { perAttemptUsd: 3 } })).agent.name).toBe('cy');
  const stated = agent('bob', { cost: { perAttemptUsd: 9 }, models: [priced('small', 1)] });
  expect(cheapest(stated, agent('cy', { cost: { perAttemptUsd: 3 } })).agent.name).toBe('cy');
});

test('a new agent is expected to cost what its model cost others, and is forecast so', () => {
  const known = agent('ada', {
    cost: { perAttemptUsd: 0.25 },
    modelRecords: new Map([['small', { record: spent(6, 0.1) }]]),
  });
  const found = cheapest(known, agent('bob', { models: [{ name: 'small' }] }));
  expect(found).toMatchObject({ agent: { name: 'bob' }, expectedCostUsd: expect.closeTo(0.1) });
});
