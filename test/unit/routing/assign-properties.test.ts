import { splitInstance } from '../../../src/domain/agents/agent-ref';
import fc from 'fast-check';
import { assign } from '../../../src/domain/routing/assign';
import type { AgentProfile } from '../../../src/domain/routing/agent-profile';
import { recompute } from '../../../src/domain/routing/build-assignment';
import { expectedCostUsd, estimatedDurationMs, smoothedSuccessRate } from '../../../src/domain/learning/measured';
import { meets, specialisationOf } from '../../../src/domain/routing/requirement-match';
import { Roster } from '../../../src/domain/routing/roster';
import type { RoutingRequirement } from '../../../src/domain/routing/routing-requirement';
import { routingSettings } from '../../../src/domain/routing/settings';
import type { RoutingSettings } from '../../../src/domain/routing/settings';
import { arbitraryProfiles, arbitraryRequirement } from './agent-profiles';

const arbitraryOptions: fc.Arbitrary<Partial<RoutingSettings>> = fc.record(
  {
    strategy: fc.constantFrom('score', 'cheapest', 'fastest', 'round_robin'),
    weights: fc.record({
      specialisation: fc.constantFrom(1, 0, 5),
      successRate: fc.constantFrom(0, 3),
      availability: fc.constantFrom(2, 0.1),
    }),
    maxLoad: fc.constantFrom(0.8, 0.5, 1),
    seed: fc.constantFrom('', 'x', 'y'),
    counter: fc.nat(100),
  },
  { requiredKeys: [] },
);

const arbitraryRequests = fc.array(
  fc.record({ workspace: fc.constantFrom('w', 'w', 'v'), requirement: arbitraryRequirement }),
  { maxLength: 20 },
);

test('an assignment is worked out again from what it stores, after a journey as JSON', () => {
  fc.assert(
    fc.property(arbitraryProfiles, arbitraryRequests, arbitraryOptions, (profiles, requests, options) => {
      for (const decision of assign(new Roster(profiles), requests, options)) {
        if (decision.kind !== 'assigned') continue;
        const stored = JSON.parse(JSON.stringify(decision)) as typeof decision;
        expect(stored).toEqual(decision);
        expect(recompute(stored)).toEqual(decision);
      }
    }),
  );
});

test('the decisions do not depend on the order in which agents were put, nor on what was asked before', () => {
  const shuffled = arbitraryProfiles.chain((profiles) =>
    fc.tuple(fc.constant(profiles), fc.shuffledSubarray(profiles, { minLength: profiles.length })),
  );
  fc.assert(
    fc.property(shuffled, arbitraryRequests, arbitraryOptions, ([profiles, others], requests, options) => {
      const roster = new Roster(profiles);
      const decisions = assign(roster, requests, options);
      expect(assign(new Roster(others), requests, options)).toEqual(decisions);
      assign(roster, [...requests].reverse(), { strategy: 'fastest', seed: 'other' });
      expect(assign(roster, requests, options)).toEqual(decisions);
    }),
  );
});

test('each request gets the agent, and weighs the five, that looking at all of them one by one finds', () => {
  fc.assert(
    fc.property(arbitraryProfiles, arbitraryRequests, arbitraryOptions, (profiles, requests, options) => {
      // Ties by seed are left to the test above.
      const settings = routingSettings({ ...options, seed: '' });
      const given = new Map<AgentProfile, number>();
      const decisions = assign(new Roster(profiles), requests, settings);
      requests.forEach(({ workspace, requirement }, at) => {
        const [best, ...others] = bestByLooking(profiles, workspace, requirement, settings, given);
        const decision = decisions[at];
        const weighed = decision?.kind === 'assigned' ? decision.inputs.evaluated.map(({ agent }) => agent) : [];
        const expected = best ? [best, ...others].slice(0, 5) : [];
        expect(weighed).toEqual(expected.map(({ workspace: owner, name }) => ({ workspace: owner, name })));
        expect(decision).toMatchObject(best ? { agent: weighed[0] } : { kind: 'wait' });
        if (best) given.set(best, (given.get(best) ?? 0) + 1);
      });
    }),
    { numRuns: 200 },
  );
});

test('no agent gets more than it has places for, nor its host, nor anybody who is excluded, draining or offline', () => {
  fc.assert(
    fc.property(arbitraryProfiles, arbitraryRequests, arbitraryOptions, (profiles, requests, options) => {
      const key = ({ workspace, name }: { workspace: string; name: string }) => `${workspace}/${name}`;
      const byKey = new Map(profiles.map((profile) => [key(profile), { ...profile }]));
      const hosts = new Map<string, { maxConcurrent: number; running: number }>();
      assign(new Roster(profiles), requests, options).forEach((decision) => {
        if (decision.kind !== 'assigned') return;
        const agent = byKey.get(key(decision.agent)) as AgentProfile;
        expect([agent.draining, agent.offline]).toEqual([false, undefined]);
        expect(agent.running / agent.maxConcurrent).toBeLessThan(options.maxLoad ?? 0.8);
        agent.running++;
        expect(agent.running).toBeLessThanOrEqual(agent.maxConcurrent);
        const { host = '' } = splitInstance(agent.name);
        const hostKey = `${agent.workspace}/${host}`;
        const room = hosts.get(hostKey) ?? agent.hostRoom ?? { maxConcurrent: Infinity, running: 0 };
        if (agent.hostRoom) hosts.set(hostKey, { ...room, running: room.running + 1 });
        expect(room.running).toBeLessThan(room.maxConcurrent);
        expect(decision.confidence).toBeGreaterThanOrEqual(0);
        expect(decision.confidence).toBeLessThanOrEqual(1);
        expect(decision.score).toBeGreaterThanOrEqual(0);
        expect(decision.score).toBeLessThanOrEqual(1);
      });
    }),
  );
});

/** Those with room, best first, the slow and obvious way. */
function bestByLooking(
  profiles: readonly AgentProfile[],
  workspace: string,
  requirement: RoutingRequirement,
  { strategy, weights, prior, maxLoad, counter }: RoutingSettings,
  given: ReadonlyMap<AgentProfile, number>,
): AgentProfile[] {
  const isMeant = (profile: AgentProfile, names: string[]): boolean =>
    names.some(
      (name) =>
        splitInstance(profile.name).agent === name &&
        (profile.workspace === workspace ||
          !profiles.some((one) => one.workspace === workspace && splitInstance(one.name).agent === name)),
    );
  const members = profiles
    .filter((profile) => profile.workspace === workspace || profile.shared)
    .filter((profile) => !requirement.names || isMeant(profile, requirement.names))
    .filter((profile) => meets(profile, requirement))
    .sort((left, right) => (`${left.name} ${left.workspace}` < `${right.name} ${right.workspace}` ? -1 : 1));
  const running = (profile: AgentProfile) => profile.running + (given.get(profile) ?? 0);
  const hasHostPlace = (profile: AgentProfile): boolean => {
    const { host } = splitInstance(profile.name);
    const givenToHost = [...given]
      .filter(([one]) => one.workspace === profile.workspace && splitInstance(one.name).host === host)
      .reduce((sum, [, count]) => sum + count, 0);
    return !profile.hostRoom || profile.hostRoom.running + givenToHost < profile.hostRoom.maxConcurrent;
  };

  const keyOf = (profile: AgentProfile): number[] => {
    const load = Math.min(1, running(profile) / profile.maxConcurrent);
    const score =
      weights.specialisation * specialisationOf(profile, requirement) +
      weights.successRate * smoothedSuccessRate(profile.record, prior) +
      weights.availability * (1 - load);
    const turn = (members.indexOf(profile) - (counter % members.length) + members.length) % members.length;
    const order = {
      score: 0,
      cheapest: expectedCostUsd(profile.cost, profile.record) ?? Infinity,
      fastest: estimatedDurationMs(profile.record)?.p50 ?? Infinity,
      round_robin: (given.get(profile) ?? 0) * members.length + turn,
    }[strategy];
    const preferred = requirement.prefer.findIndex((name) => isMeant(profile, [name]));
    const rank = isMeant(profile, requirement.avoid)
      ? 99
      : preferred >= 0
        ? preferred
        : isMeant(profile, requirement.sameAs)
          ? 50
          : 51;
    return [rank, order, -score / (weights.specialisation + weights.successRate + weights.availability)];
  };
  return members
    .filter((profile) => !profile.draining && !profile.offline && hasHostPlace(profile))
    .filter((profile) => !isMeant(profile, requirement.exclude))
    .filter((profile) => running(profile) < profile.maxConcurrent && running(profile) / profile.maxConcurrent < maxLoad)
    .map((profile) => ({ profile, key: keyOf(profile) }))
    .sort((left, right) => {
      const differs = left.key.findIndex((part, at) => part !== right.key[at]);
      return differs < 0 ? 0 : (left.key[differs] as number) < (right.key[differs] as number) ? -1 : 1;
    })
    .map(({ profile }) => profile);
}
