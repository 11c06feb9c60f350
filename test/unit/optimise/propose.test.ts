import type { Evidence } from '../../../src/domain/optimise/evidence';
import type { Proposal } from '../../../src/domain/optimise/proposal';
import { propose } from '../../../src/domain/optimise/propose';
import { statisticsRuns } from '../../helpers/statistics-runs';
import type { Situation } from './simulated-work';
import { places, simulate } from './simulated-work';

/** A situation, and what is to be proposed. */
interface Planted {
  situation: Partial<Situation>;
  kind: Proposal['kind'];
  change?: Proposal['change'];
  /** In the advice, or what is said. */
  says: RegExp;
  effect: (effect: Proposal['effect']) => void;
}

const capacity = (to: number): Proposal['change'] => ({
  of: 'agent',
  agent: { workspace: 'w', name: 'ada' },
  before: { maxConcurrent: places },
  after: { maxConcurrent: to },
});

const small = { name: 'small', price: { inputUsd: 0.1, outputUsd: 0.4 } };

const planted: [string, Planted][] = [
  [
    'weights that trust what owners declare more than what was measured',
    {
      situation: {
        sessions: 300,
        proficiency: { ada: 0.95, bob: 0.6, cyd: 0.6 },
        plant: ({ agent }) => ({ success: agent === 'ada' ? 0.45 : 0.9 }),
      },
      kind: 'weights',
      says: /weights of 0\.\d for proficiency/,
      effect: ({ estimate }) => expect(estimate).toBeGreaterThan(0.1),
    },
  ],
  [
    'exploration that fails much more often than what is known',
    {
      situation: {
        sessions: 400,
        tried: 0.1,
        plant: ({ explored }) => ({ success: explored ? 0.2 : 0.85 }),
      },
      kind: 'exploration',
      change: { of: 'settings', before: { exploration: null }, after: { exploration: 0.25 } },
      says: /tried an agent to learn/,
      effect: ({ estimate }) => expect(estimate).toBeGreaterThan(0.005),
    },
  ],
  [
    'an agent that is waited for and does not mind more work',
    {
      situation: {
        sessions: 400,
        proficiency: { ada: 0.9, bob: 0.1 },
        plant: ({ running }) => (running >= places ? { waitedMs: 40_000 } : {}),
      },
      kind: 'capacity',
      change: capacity(6),
      says: /ada was waited for/,
      effect: ({ estimate }) => expect(estimate).toBeCloseTo(40_000 / 3, -2),
    },
  ],
  [
    'an agent that fails when it has much to do',
    {
      situation: { plant: ({ agent, running }) => (agent === 'ada' ? { success: running > 2 ? 0.35 : 0.95 } : {}) },
      kind: 'capacity',
      change: capacity(2),
      says: /succeeds less often when more than half/,
      effect: ({ estimate, low, high }) => {
        expect(low).toBeLessThan(0.6);
        expect(high).toBeGreaterThan(0.6);
        expect(estimate).toBeGreaterThan(0.3);
      },
    },
  ],
  [
    'an agent that is dearer and no better',
    {
      situation: {
        sessions: 400,
        proficiency: { ada: 0.8, bob: 0.8 },
        plant: ({ agent }) => ({ success: 0.9, ...(agent === 'ada' && { costUsd: 0.5 }) }),
      },
      kind: 'move',
      change: { of: 'settings', before: { 'prefer.code/write': null }, after: { 'prefer.code/write': 'bob' } },
      says: /w\/bob does write \(code\) as well as w\/ada .* That 80% of its attempts succeed is \d+% sure/,
      effect: ({ what, estimate }) => {
        const attempts = Number(/\d+/.exec(what)?.[0]);
        expect(estimate / attempts).toBeCloseTo(0.45, 1);
      },
    },
  ],
  [
    'a model that an agent does not have, with which others do as well for less',
    {
      situation: {
        sessions: 200,
        proficiency: { ada: 0.8, bob: 0.8 },
        models: { ada: [{ name: 'large' }], bob: [small] },
        plant: ({ agent }) => ({
          success: 0.95,
          ...(agent === 'ada' ? { costUsd: 0.5, model: 'large' } : { model: 'vendor/small-20260101' }),
        }),
      },
      kind: 'model',
      change: {
        of: 'models',
        agent: { workspace: 'w', name: 'ada' },
        before: [{ name: 'large' }],
        after: [{ name: 'large' }, small],
      },
      says: /With small, other agents do \w+ \(code\) as well as ada .* for \$0\.0\d+ instead of \$0\.5/,
      effect: ({ unit, what, estimate }) => {
        expect(unit).toBe('usd');
        expect(estimate / Number(/\d+/.exec(what)?.[0])).toBeCloseTo(0.45, 1);
      },
    },
  ],
  [
    'retries in vain',
    {
      situation: {
        sessions: 200,
        plant: ({ task, attempt }) => (task === 'write' ? { success: attempt === 1 ? 0.5 : 0.02 } : {}),
      },
      kind: 'retries',
      says: /attempts: 1.* in write/,
      effect: ({ unit, estimate }) => {
        expect(unit).toBe('usd');
        expect(estimate).toBeGreaterThan(1);
      },
    },
  ],
  [
    'a timeout that lets hanging attempts hang',
    {
      situation: { plant: ({ task, random }) => (task === 'write' && random() < 0.15 ? { timesOut: true } : {}) },
      kind: 'timeout',
      change: {
        of: 'settings',
        before: { 'timeout.release/write': null },
        after: { 'timeout.release/write': expect.stringMatching(/^\d+[sm]$/) as string },
      },
      says: /task write of plan release ran into the timeout of 10\.0 min/,
      effect: ({ unit, estimate }) => {
        expect(unit).toBe('ms');
        expect(estimate).toBeGreaterThan(600_000);
      },
    },
  ],
  [
    'a task that fails when most is spent',
    {
      situation: { plant: ({ task }) => (task === 'prepare' ? { success: 1, costUsd: 2 } : { success: 0.05 }) },
      kind: 'late_failure',
      says: /task write of plan release fails/,
      effect: ({ estimate }) => expect(estimate).toBeGreaterThan(100),
    },
  ],
];

test.each(planted)('%s: a change is proposed, with its effect', (_, { situation, kind, change, says, effect }) => {
  const found = propose(simulate('planted', situation)).filter((one) => one.kind === kind);
  const [proposal] = found.filter((one) => says.test(`${one.says} ${one.advice ?? ''}`));
  expect(found.map((one) => `${one.says} ${one.advice ?? ''}`).join('\n')).toMatch(says);
  if (!proposal) throw new Error('it was found');
  if (change) expect(proposal.change).toEqual(change);
  expect(proposal.effect.low).toBeGreaterThan(0);
  expect(proposal.effect.low).toBeLessThanOrEqual(proposal.effect.estimate);
  expect(proposal.effect.estimate).toBeLessThanOrEqual(proposal.effect.high);
  expect(proposal.links.length).toBeGreaterThan(0);
  effect(proposal.effect);
});

test('where nothing makes a difference, nothing is proposed, in 95 of 100 cases at least', () => {
  const seeds = Array.from({ length: statisticsRuns }, (_, seed) => seed);
  const proposed = seeds.filter((seed) => propose(simulate(seed)).length > 0);
  expect(proposed.length / statisticsRuns).toBeLessThanOrEqual(0.05);
});

test('too little to look at is no reason to change anything', () => {
  expect(propose(simulate('few', { sessions: 9, plant: () => ({ success: 0 }) }))).toEqual([]);
  expect(propose(simulate('none', { sessions: 0 }))).toEqual([]);
});

test('what holds for capacities of before says nothing of the present one', () => {
  const plant: Situation['plant'] = ({ running }) => ({ success: running > 2 ? 0.35 : 0.95 });
  const evidence = { ...simulate('planted', { plant }), capacities: new Map([['ada', places + 1]]) };
  expect(propose(evidence).filter(({ kind }) => kind === 'capacity')).toEqual([]);
});

test('who is cheaper, but does not succeed often enough, is not proposed', () => {
  const plant: Situation['plant'] = ({ agent }) => ({ success: 0.6, ...(agent === 'ada' && { costUsd: 0.5 }) });
  const cheaper = { proficiency: { ada: 0.8, bob: 0.8 }, plant };
  const kinds = (options: Evidence['options']) =>
    propose({ ...simulate('planted', cheaper), options }).map(({ kind }) => kind);
  expect(kinds({})).not.toContain('move');
  expect(kinds({ 'models.atLeast': 0.4 })).toContain('move');
});

test('whose tasks say themselves who does them are left to their plan files', () => {
  const evidence = simulate('planted', {
    proficiency: { ada: 0.8, bob: 0.8 },
    plant: ({ agent }) => ({ success: 0.9, ...(agent === 'ada' && { costUsd: 0.5 }) }),
  });
  for (const { assignment } of evidence.assignments) assignment.inputs.requirement.prefer = ['ada'];
  const [move] = propose(evidence).filter(({ kind }) => kind === 'move');
  expect(move).toMatchObject({ change: null, advice: expect.stringContaining('Prefer bob to ada') });
});

describe('a timeout', () => {
  const hangs: Situation['plant'] = ({ task, random }) =>
    task === 'write' && random() < 0.15 ? { timesOut: true } : {};
  const timeoutsIn = (evidence: Evidence) => propose(evidence).filter(({ kind }) => kind === 'timeout');

  test('that agents of plans run into is left to their plan files', () => {
    const evidence = simulate('planted', { plant: hangs });
    const examples = evidence.examples.map((one) => ({ ...one, agent: one.agent.replace('w/', 'release:') }));
    expect(timeoutsIn({ ...evidence, examples })).toMatchObject([
      { change: null, advice: expect.stringMatching(/timeout: \d+[sm]` in task write of plan release/) as string },
    ]);
  });

  test('of plans is not made longer by a setting; one that a setting made too short is', () => {
    const cut: Situation['plant'] = ({ task, random }) =>
      task === 'write' ? { durationMs: 400_000, timesOut: random() < 0.3 } : {};
    const evidence = simulate('planted', { plant: cut });
    expect(timeoutsIn(evidence)).toMatchObject([{ change: null, advice: expect.stringContaining('Write') as string }]);
    const [longer] = timeoutsIn({ ...evidence, options: { 'timeout.release/write': '10m' } });
    expect(longer).toMatchObject({ advice: null, change: { before: { 'timeout.release/write': '10m' } } });
  });
});

test('an agent is not proposed a model that it has, under whatever name', () => {
  const evidence = simulate('planted', {
    sessions: 200,
    proficiency: { ada: 0.8, bob: 0.8 },
    models: { ada: [{ name: 'large' }, { name: 'vendor/small-20260101' }], bob: [small] },
    plant: ({ agent }) => ({
      success: 0.95,
      ...(agent === 'ada' ? { costUsd: 0.5, model: 'large' } : { model: 'small' }),
    }),
  });
  expect(propose(evidence).filter(({ kind }) => kind === 'model')).toEqual([]);
});
