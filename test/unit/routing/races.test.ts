import { assign } from '../../../src/domain/routing/assign';
import { profileOf } from '../../../src/domain/routing/agent-profile';
import { recompute } from '../../../src/domain/routing/build-assignment';
import { hasCandidate } from '../../../src/domain/routing/has-candidate';
import { raceShortages } from '../../../src/domain/routing/race-shortages';
import { Roster } from '../../../src/domain/routing/roster';
import { excluding, routingRequirement } from '../../../src/domain/routing/routing-requirement';
import { definitionOf } from '../../helpers/agent-definitions';
import { planOf } from '../plan/read-plan-text';

const writer = (name: string, workspace = 'default', running = 0) =>
  profileOf(
    {
      ...definitionOf(name, {
        capabilities: [{ name: 'write', proficiency: 0.9, technologies: [] }],
        maxConcurrent: 4,
        shared: workspace !== 'default',
      }),
      workspace,
      draining: false,
    },
    running,
  );
const requirement = routingRequirement({ capability: 'write', technologies: [], tags: [], prefer: [], avoid: [] });
const racer = { workspace: 'default', requirement, race: 'draft' };

test('racers get different agents, and what is kept of each choice says whom it could not go to', () => {
  const results = assign(new Roster([writer('ada'), writer('bob'), writer('cy', 'acme')]), [racer, racer, racer]);
  const assigned = results.flatMap((result) => (result.kind === 'assigned' ? [result] : []));
  expect(assigned.map(({ agent }) => agent.name).sort()).toEqual(['ada', 'bob', 'cy']);
  expect(assigned.map(({ inputs }) => inputs.requirement.exclude.length)).toEqual([0, 1, 2]);
  for (const assignment of assigned) expect(recompute(assignment)).toEqual(assignment);
});

test('races beside each other share agents', () => {
  const results = assign(new Roster([writer('ada')]), [racer, { ...racer, race: 'other' }]);
  expect(results.map(({ kind }) => kind)).toEqual(['assigned', 'assigned']);
});

test('a racer is told apart from one that waits: it has no agent besides those of its siblings', () => {
  const results = assign(new Roster([writer('ada')]), [racer, racer]);
  expect(results[1]).toMatchObject({ kind: 'wait', reason: 'all-excluded' });
  const busy = new Roster([writer('ada'), writer('bob', 'default', 4)]);
  expect(hasCandidate(busy, excluding(requirement, ['ada']), 'default')).toBe(true);
  expect(hasCandidate(busy, excluding(requirement, ['ada', 'bob']), 'default')).toBe(false);
});

describe('races with too few agents', () => {
  const shortages = async (agent: string, roster: Roster): Promise<string[]> =>
    raceShortages(
      await planOf(`version: 1
name: p
agents: { own: { connector: simulated, capabilities: [write] } }
tasks: { review: { plan: { version: 1, name: inner, agents: { own: { connector: simulated, capabilities: [write] } }, tasks: { draft: { agent: ${agent} } } } } }
`),
      roster,
      'default',
    );

  test('are named with those that there are, of the plan and of the registry', async () => {
    expect(await shortages('{ capability: write, race: 3 }', new Roster([writer('ada')]))).toEqual([
      'tasks.review.plan.tasks.draft.agent.race: Only own and ada can do it: 2 race, instead of 3.',
    ]);
    expect(await shortages('{ capability: write, race: 2, exclude: [ada] }', new Roster([writer('ada')]))).toEqual([
      'tasks.review.plan.tasks.draft.agent.race: Only own can do it: nobody races, instead of 2.',
    ]);
  });

  test('are no others', async () => {
    expect(await shortages('{ capability: write, race: 2 }', new Roster([writer('ada')]))).toEqual([]);
    expect(await shortages('{ capability: write }', new Roster())).toEqual([]);
  });
});
