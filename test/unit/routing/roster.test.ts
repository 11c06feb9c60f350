import { splitInstance } from '../../../src/domain/agents/agent-ref';
import type { AgentProfile } from '../../../src/domain/routing/agent-profile';
import fc from 'fast-check';
import { meets } from '../../../src/domain/routing/requirement-match';
import { assign } from '../../../src/domain/routing/assign';
import { Roster, positionIn } from '../../../src/domain/routing/roster';
import type { RoutingRequirement } from '../../../src/domain/routing/routing-requirement';
import { routingRequirement } from '../../../src/domain/routing/routing-requirement';
import { agent, arbitraryProfile, arbitraryProfiles, arbitraryRequirement, needs } from './agent-profiles';

function found(roster: Roster, requirement: RoutingRequirement, workspace = 'w'): string[] {
  return roster
    .candidatesFor(requirement, workspace)
    .map(({ entry: { profile } }) => `${profile.workspace}/${profile.name}`);
}

test('the choice of a plan becomes a requirement', () => {
  expect(routingRequirement({ name: 'a' }, { exclude: ['b'] })).toEqual(needs({ names: ['a'], exclude: ['b'] }));
  const choice = { capability: 'write', technologies: ['go'], tags: ['fast'], prefer: ['a'], avoid: ['b'] };
  expect(routingRequirement(choice, { sameAs: ['c'] })).toEqual({ ...choice, sameAs: ['c'], exclude: [] });
});

describe('candidates', () => {
  const roster = new Roster([
    agent('own'),
    agent('both'),
    agent('both', { workspace: 'v', shared: true }),
    agent('shared', { workspace: 'v', shared: true }),
    agent('private', { workspace: 'v' }),
  ]);

  test('are the agents of the workspace and those that others share', () => {
    expect(found(roster, needs())).toEqual(['v/both', 'w/both', 'w/own', 'v/shared']);
    expect(found(roster, needs(), 'v')).toEqual(['v/both', 'v/private', 'v/shared']);
  });

  test('by name are the own agent, which hides one that is shared', () => {
    expect(found(roster, needs({ names: ['both', 'shared', 'private'] }))).toEqual(['w/both', 'v/shared']);
    expect(found(roster, needs({ names: ['both'] }), 'u')).toEqual(['v/both']);
  });

  test('know the technologies in the capability that is asked for', () => {
    const two = new Roster([
      agent('a', {
        capabilities: [
          { name: 'write', proficiency: 1, technologies: ['go'] },
          { name: 'review', proficiency: 1, technologies: ['rust'] },
        ],
      }),
    ]);
    expect(found(two, needs({ technologies: ['go'] }))).toEqual(['w/a']);
    expect(found(two, needs({ technologies: ['rust'] }))).toEqual([]);
    expect(found(two, needs({ names: ['a'], technologies: ['rust', 'go'] }))).toEqual(['w/a']);
  });
});

describe('any roster', () => {
  test('finds exactly who is visible and meets the requirement, after any changes, as if it were new', () => {
    const change = fc.oneof(
      fc.record({ put: arbitraryProfile }),
      fc.record({ put: arbitraryProfile }),
      fc.record({ remove: arbitraryProfile }),
      fc.record({ run: arbitraryProfile }),
    );
    fc.assert(
      fc.property(
        arbitraryProfiles,
        fc.array(change, { maxLength: 8 }),
        arbitraryRequirement,
        (profiles, changes, requirement) => {
          const roster = new Roster(profiles);
          const left = new Map(profiles.map((profile) => [`${profile.workspace}/${profile.name}`, profile]));
          for (const one of changes) {
            // Whatever it has kept of before must not show.
            roster.candidatesFor(requirement, 'w');
            if ('put' in one) {
              roster.put(one.put);
              left.set(`${one.put.workspace}/${one.put.name}`, one.put);
            } else if ('remove' in one) {
              roster.remove(one.remove);
              left.delete(`${one.remove.workspace}/${one.remove.name}`);
            } else {
              roster.setRunning(one.run, 7);
              const known = left.get(`${one.run.workspace}/${one.run.name}`);
              if (known) left.set(`${known.workspace}/${known.name}`, { ...known, running: 7 });
            }
          }
          const ofName = (name: string) => [...left.values()].filter((one) => splitInstance(one.name).agent === name);
          const isAsked = ({ workspace, name }: AgentProfile): boolean => {
            const { agent } = splitInstance(name);
            const hasOwn = ofName(agent).some((one) => one.workspace === 'w');
            return !requirement.names || (requirement.names.includes(agent) && (workspace === 'w' || !hasOwn));
          };
          const expected = [...left.values()]
            .filter((profile) => profile.workspace === 'w' || profile.shared)
            .filter((profile) => isAsked(profile) && meets(profile, requirement));
          const pool = roster.candidatesFor(requirement, 'w');
          expect(new Set(found(roster, requirement))).toEqual(
            new Set(expected.map(({ workspace, name }) => `${workspace}/${name}`)),
          );
          expect(pool.map(({ entry }) => ({ ...entry.profile, running: entry.running }))).toEqual(
            expect.arrayContaining(expected),
          );
          pool.forEach(({ entry }, position) => expect(positionIn(pool, entry.profile)).toBe(position));
        },
      ),
    );
  });
});

test('goes on round the circle where an agent has become better at it, or has left', () => {
  const roster = new Roster(['a', 'b', 'c', 'd'].map((name) => agent(name)));
  const next = (): string => {
    const [one] = assign(roster, [{ workspace: 'w', requirement: needs() }], { strategy: 'round_robin' });
    if (one?.kind !== 'assigned') throw new Error(one?.message);
    roster.passTurn(needs(), 'w', one.agent);
    return one.agent.name;
  };
  expect([next(), next()]).toEqual(['a', 'b']);
  roster.put(agent('a', { capabilities: [{ name: 'write', proficiency: 0.9, technologies: [] }] }));
  expect(next()).toBe('c');
  roster.remove({ workspace: 'w', name: 'c' });
  expect([next(), next()]).toEqual(['d', 'a']);
});
