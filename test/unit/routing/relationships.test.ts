import { handoverRate } from '../../../src/domain/learning/handovers';
import { assign } from '../../../src/domain/routing/assign';
import type { Assignment } from '../../../src/domain/routing/assignment';
import { recompute } from '../../../src/domain/routing/build-assignment';
import { Roster } from '../../../src/domain/routing/roster';
import { defaultSettings, routingSettings } from '../../../src/domain/routing/settings';
import { agent, needs } from './agent-profiles';

const fromGiver = (succeeded: number, failed: number) => ({ handovers: new Map([['w/giver', { succeeded, failed }]]) });

function assigned(roster: Roster, givers?: string[], relationships = 0.1): Assignment {
  const requirement = needs(givers ? { givers } : {});
  const weights = { ...defaultSettings.weights, relationships };
  const [answer] = assign(roster, [{ workspace: 'w', requirement }], { weights });
  if (answer?.kind !== 'assigned') throw new Error('nobody got it');
  return answer;
}

const roster = new Roster([agent('ada', fromGiver(0, 9)), agent('bob'), agent('cy', fromGiver(9, 0))]);

test('who went on well from the agents whose results the attempt is given goes before others that are as good', () => {
  expect(assigned(roster).agent.name).toBe('ada');
  const { agent: chosen, runnersUp, parts, reasoning } = assigned(roster, ['giver']);
  expect([chosen.name, ...runnersUp.map((one) => one.agent.name)]).toEqual(['cy', 'bob', 'ada']);
  expect(parts.handover).toBeCloseTo((4 + 9) / 14);
  expect(reasoning).toContain('0.93 where it goes on from giver (9 outcomes)');
});

test('what they weigh is a setting, and 0 leaves them out', () => {
  const better = agent('bob', { capabilities: [{ name: 'write', proficiency: 0.85, technologies: [] }] });
  const both = new Roster([better, agent('cy', fromGiver(9, 0))]);
  expect([0, 0.1, 1].map((weight) => assigned(both, ['giver'], weight).agent.name)).toEqual(['bob', 'bob', 'cy']);
  expect(assigned(roster, ['giver'], 0).agent.name).toBe('ada');
  expect(() => routingSettings({ weights: { ...zero, relationships: 1 } })).toThrow('all weights are 0');
});

const zero = { specialisation: 0, successRate: 0, availability: 0 };

test('an agent is expected to go on from whom it does not know as it does at all', () => {
  const expected = { mean: 0.6, weight: 5 };
  expect(handoverRate([], 2, expected)).toBe(0.6);
  const known = { from: { workspace: 'w', name: 'giver' }, succeeded: 5, failed: 0 };
  expect(handoverRate([known], 2, expected)).toBeCloseTo((0.8 + 0.6) / 2);
  expect(assigned(new Roster([agent('bob')]), ['giver', 'other']).parts).toMatchObject({ handover: 0.8 });
});

test('the assignment is worked out again to the letter from what it has stored, also one of before there were relationships', () => {
  const made = assigned(roster, ['giver']);
  expect(recompute(JSON.parse(JSON.stringify(made)) as Assignment)).toEqual(made);
  const { relationships: _, ...earlier } = defaultSettings.weights;
  const stored = assigned(roster);
  expect(recompute({ inputs: { ...stored.inputs, weights: earlier } }).score).toBe(stored.score);
});
