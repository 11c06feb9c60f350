import { assign } from '../../../src/domain/routing/assign';
import type { Assignment } from '../../../src/domain/routing/assignment';
import { Roster } from '../../../src/domain/routing/roster';
import type { AgentProfile } from '../../../src/domain/routing/agent-profile';
import type { RoutingRequirement } from '../../../src/domain/routing/routing-requirement';
import { recompute } from '../../../src/domain/routing/build-assignment';
import { defaultSettings } from '../../../src/domain/routing/settings';
import type { RoutingSettings } from '../../../src/domain/routing/settings';
import { agent, needs, recordOf } from './agent-profiles';

function assigned(
  profiles: AgentProfile[],
  requirements: RoutingRequirement[],
  options: Partial<RoutingSettings> = {},
): (Assignment | undefined)[] {
  const requests = requirements.map((requirement) => ({ workspace: 'w', requirement }));
  return assign(new Roster(profiles), requests, options).map((one) => (one.kind === 'assigned' ? one : undefined));
}

const chosen = (...given: Parameters<typeof assigned>): (string | undefined)[] =>
  assigned(...given).map((one) => one?.agent.name);

const skilled = (proficiency: number): Partial<AgentProfile> => ({
  capabilities: [{ name: 'write', proficiency, technologies: [] }],
});
const steady = recordOf([1_000, 1_000, 1_000, 1_000]);

describe('the score', () => {
  test.each<[string, Partial<AgentProfile>]>([
    ['proficiency', skilled(0.9)],
    ['success', { record: steady }],
    ['room', { running: 0 }],
  ])('prefers more %s, all else being equal', (_, better) => {
    const worse = { running: 1, ...better };
    expect(chosen([agent('a', { running: 1 }), agent('b', worse)], [needs()])).toEqual(['b']);
  });

  test('is that of the agent with what came before in the batch, and the roster stays as it was', () => {
    const roster = new Roster([agent('a', { ...skilled(0.85), maxConcurrent: 2 }), agent('b', { maxConcurrent: 2 })]);
    const requests = Array.from({ length: 5 }, () => ({ workspace: 'w', requirement: needs() }));
    const names = () => assign(roster, requests).map((one) => (one.kind === 'assigned' ? one.agent.name : one.reason));
    expect(names()).toEqual(['a', 'b', 'a', 'b', 'all-busy']);
    expect(names()).toEqual(['a', 'b', 'a', 'b', 'all-busy']);
  });

  test('is the same for an agent that two requirements share', () => {
    const both = [...agent('both').capabilities, { name: 'review', proficiency: 1, technologies: [] }];
    const profiles = [agent('both', { capabilities: both, maxConcurrent: 1 }), agent('writer', skilled(0.1))];
    expect(chosen(profiles, [needs({ capability: 'review' }), needs(), needs({ capability: 'review' })])).toEqual([
      'both',
      'writer',
      undefined,
    ]);
  });

  test('is looked at again where another requirement has loaded all that were best before', () => {
    const skill = (name: string, proficiency: number) => ({ name, proficiency, technologies: [] });
    const six = [1, 2, 3, 4, 5, 6];
    const profiles = [
      ...six.map((at) => agent(`both${at}`, { capabilities: [skill('write', 0.8), skill('review', 1)] })),
      ...six.map((at) => agent(`writer${at}`, { capabilities: [skill('write', 0.75)] })),
    ];
    const reviews = Array<RoutingRequirement>(12).fill(needs({ capability: 'review' }));
    const names = chosen(profiles, [needs(), ...reviews, needs()]);
    expect([names.at(0), names.at(-1)]).toEqual(['both1', 'writer1']);
  });

  test('of equals takes the first by name, or whom the seed says', () => {
    const equals = ['c', 'a', 'b'].map((name) => agent(name));
    expect(chosen(equals, [needs()])).toEqual(['a']);
    const seeded = (seed: string) => chosen(equals, [needs()], { seed })[0];
    expect(seeded('x')).toBe(seeded('x'));
    expect(new Set(Array.from({ length: 30 }, (_, at) => seeded(String(at))))).toEqual(new Set(['a', 'b', 'c']));
  });
});

describe('preferences', () => {
  const profiles = ['a', 'b', 'c', 'd'].map((name) => agent(name, { maxConcurrent: 1 }));

  test('put preferred agents first, then those that know the session, then others, then avoided ones', () => {
    const requirement = needs({ prefer: ['d'], sameAs: ['c'], avoid: ['a'] });
    expect(chosen(profiles, Array<RoutingRequirement>(5).fill(requirement))).toEqual(['d', 'c', 'b', 'a', undefined]);
  });

  test('keep the order of the preferred, and let the score decide among those that know the session', () => {
    expect(chosen(profiles, Array<RoutingRequirement>(2).fill(needs({ prefer: ['c', 'b'] })))).toEqual(['c', 'b']);
    const better = [...profiles, agent('z', skilled(1))];
    expect(chosen(better, [needs({ sameAs: ['b', 'z'] })])).toEqual(['z']);
  });

  test('put the agent that the attempt before was lost with behind all others, and say so where there is no other', () => {
    const requirement = needs({ prefer: ['a'], lostBy: 'a' });
    expect(chosen([agent('a'), agent('b')], [requirement])).toEqual(['b']);
    const [assignment] = assigned([agent('a')], [requirement]);
    expect(assignment?.reasoning).toContain('The attempt before was lost with it, but no other has room.');
    expect(assignment?.riskFactors).toContain('lost before: nothing was heard of it in the attempt before');
  });

  test('to exclude is stronger than to avoid, that is stronger than to prefer', () => {
    expect(chosen(profiles, [needs({ prefer: ['a', 'b'], avoid: ['b'], exclude: ['a'] })])).toEqual(['c']);
  });

  test('mean the own agent where another workspace shares one of that name', () => {
    const shared = agent('a', { workspace: 'v', shared: true, ...skilled(1) });
    const [assignment] = assigned([agent('a'), agent('b'), shared], [needs({ prefer: ['a'] })]);
    expect(assignment?.agent).toEqual({ workspace: 'w', name: 'a' });
  });
});

describe('strategies', () => {
  test('the cheapest is the one that is expected to cost least, never one whose cost is unknown', () => {
    const profiles = [
      agent('dear', { cost: { perAttemptUsd: 2 } }),
      agent('slow', { cost: { perHourUsd: 1 }, record: recordOf([3_600_000, 3_600_000, 3_600_000]) }),
      agent('unknown', skilled(1)),
      agent('no duration', { cost: { perHourUsd: 0.01 } }),
    ];
    const [assignment] = assigned(profiles, [needs()], { strategy: 'cheapest' });
    expect(assignment).toMatchObject({ agent: { name: 'slow' }, strategy: 'cheapest' });
    expect(assignment?.expectedCostUsd).toBeCloseTo(1);
    expect(chosen(profiles, [needs({ exclude: ['slow', 'dear'] })], { strategy: 'cheapest' })).toEqual(['unknown']);
  });

  test('the fastest is the one with the shortest median', () => {
    const profiles = [
      agent('a', { record: recordOf([900, 900, 900]) }),
      agent('b', { record: recordOf([100, 500, 90_000]) }),
      agent('unknown', skilled(1)),
    ];
    const [assignment] = assigned(profiles, [needs()], { strategy: 'fastest' });
    expect(assignment).toMatchObject({ agent: { name: 'a' }, estimatedMs: { p50: 900, p90: 900 } });
  });

  test('round robin goes round the names from the counter on, past those without room', () => {
    const profiles = ['a', 'b', 'c', 'd'].map((name) => agent(name, { draining: name === 'b' }));
    const requirements = Array<RoutingRequirement>(5).fill(needs());
    expect(chosen(profiles, requirements, { strategy: 'round_robin' })).toEqual(['a', 'c', 'd', 'a', 'c']);
    expect(chosen(profiles, requirements, { strategy: 'round_robin', counter: 7 })).toEqual(['d', 'a', 'c', 'd', 'a']);
  });
});

describe('an assignment says', () => {
  test('what may go wrong', () => {
    const risky = agent('a', { running: 3, record: { ...steady, succeeded: 0, failed: 4 } });
    const [assignment] = assigned([risky], [needs({ avoid: ['a'] })]);
    expect(assignment?.riskFactors).toEqual([
      'few samples: 4 outcomes measured',
      'low success rate: 0.44',
      'high load: 3 of 4 places taken before this attempt',
      'avoided: the task asks to use it last',
      'no runner-up: no other agent has room for it',
    ]);
    expect(assignment?.reasoning).toContain('is the only agent that meets the requirement');
  });

  test('who came next, three at most', () => {
    const profiles = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => agent(name));
    const [assignment] = assigned(profiles, [needs({ prefer: ['e'] })]);
    expect(assignment?.runnersUp.map((one) => one.agent.name)).toEqual(['a', 'b', 'c']);
    expect(assignment?.inputs).toMatchObject({ members: 6, excluded: 0 });
    expect(assignment?.inputs.evaluated).toHaveLength(5);
    expect(assignment?.reasoning).toContain('The task prefers it. Next is a with score');
  });

  test('how far it can be trusted: more with a clear lead, and with more outcomes', () => {
    const confidence = (...profiles: AgentProfile[]) => assigned(profiles, [needs()])[0]?.confidence;
    expect(confidence(agent('a'), agent('b'))).toBe(0);
    expect(confidence(agent('a', skilled(1)), agent('b', skilled(0.8)))).toBeCloseTo(0.25);
    expect(confidence(agent('a', skilled(1)), agent('b', skilled(0)))).toBe(0.5);
    expect(confidence(agent('a', { record: recordOf([1, 1, 1, 1, 1]) }))).toBe(0.75);
  });
});

test('each request of a batch is decided by its own settings, and a task by its own strategy', () => {
  const roster = new Roster([
    agent('dear', { ...skilled(1), shared: true, cost: { perAttemptUsd: 2 } }),
    agent('cheap', { ...skilled(0.5), shared: true, cost: { perAttemptUsd: 1 } }),
  ]);
  const thrifty = { ...defaultSettings, strategy: 'cheapest' as const };
  const results = assign(roster, [
    { workspace: 'w', requirement: needs() },
    { workspace: 'v', requirement: needs(), settings: thrifty },
    { workspace: 'v', requirement: needs({ strategy: 'score' }), settings: thrifty },
    { workspace: 'w', requirement: needs({ strategy: 'cheapest' }) },
  ]);
  const found = results.map((one) => (one.kind === 'assigned' ? [one.agent.name, one.strategy] : one.reason));
  expect(found).toEqual([
    ['dear', 'score'],
    ['cheap', 'cheapest'],
    ['dear', 'score'],
    ['cheap', 'cheapest'],
  ]);
  results.forEach((one) => one.kind === 'assigned' && expect(recompute(one)).toEqual(one));
});
