import fc from 'fast-check';
import { agentRateSeries } from '../../../src/domain/budget/rate-accounts';
import type { AgentProfile } from '../../../src/domain/routing/agent-profile';
import { assign } from '../../../src/domain/routing/assign';
import { Roster } from '../../../src/domain/routing/roster';
import { arbitraryProfiles, arbitraryRequirement } from './agent-profiles';

const requests = fc.array(fc.record({ workspace: fc.constantFrom('w', 'v'), requirement: arbitraryRequirement }), {
  maxLength: 8,
});

/** What happens to agents between batches; `which` names one of them. */
const arbitraryChange = fc.oneof(
  fc.record({ kind: fc.constant('runs' as const), which: fc.nat(), running: fc.nat(4) }),
  fc.record({ kind: fc.constant('host runs' as const), which: fc.nat(), running: fc.nat(4) }),
  fc.record({ kind: fc.constant('drains' as const), which: fc.nat(), draining: fc.boolean() }),
  fc.record({ kind: fc.constant('learns' as const), which: fc.nat(), succeeded: fc.nat(9), failed: fc.nat(9) }),
  fc.record({ kind: fc.constant('has started' as const), which: fc.nat(), used: fc.nat(4) }),
  fc.record({ kind: fc.constant('leaves' as const), which: fc.nat() }),
);
type Change = typeof arbitraryChange extends fc.Arbitrary<infer One> ? One : never;

const endsAt = 60_000;

function apply(roster: Roster, profiles: readonly AgentProfile[], change: Change): void {
  const profile = profiles[change.which % Math.max(1, profiles.length)];
  if (!profile) return;
  const current = roster.entry(profile)?.profile ?? profile;
  switch (change.kind) {
    case 'runs':
      return roster.setRunning(profile, change.running);
    case 'host runs':
      return roster.setRunning({ ...profile, name: `@${profile.name.split('@')[1] ?? ''}` }, change.running);
    case 'drains':
      return roster.put({ ...current, draining: change.draining });
    case 'learns':
      return roster.put({
        ...current,
        record: { ...current.record, succeeded: change.succeeded, failed: change.failed },
      });
    case 'has started':
      return roster.setStarts(`${agentRateSeries(profile, endsAt)}/${endsAt}`, change.used);
    case 'leaves':
      return roster.remove(profile);
  }
}

function rosterAfter(profiles: readonly AgentProfile[], changes: readonly Change[]): Roster {
  const roster = new Roster(profiles);
  roster.passTime(0);
  changes.forEach((change) => apply(roster, profiles, change));
  return roster;
}

const settings = fc.record(
  {
    strategy: fc.constantFrom('score', 'cheapest', 'fastest'),
    maxLoad: fc.constantFrom(0.8, 1),
    seed: fc.constantFrom('', 'x'),
  },
  { requiredKeys: [] },
);

test('a roster that has been asked and changed before answers as one that is new', () => {
  const steps = fc.array(fc.record({ changes: fc.array(arbitraryChange, { maxLength: 4 }), requests, settings }), {
    minLength: 1,
    maxLength: 8,
  });
  const limited = arbitraryProfiles.map((profiles) =>
    profiles.map((profile, at): AgentProfile => ({
      ...profile,
      ...(at % 3 === 0 && { rateLimit: { starts: 2, windowMs: endsAt } }),
    })),
  );
  fc.assert(
    fc.property(limited, steps, (profiles, played) => {
      const asked = rosterAfter(profiles, []);
      const before: Change[] = [];
      for (const { changes, requests: batch, settings: options } of played) {
        changes.forEach((change) => apply(asked, profiles, change));
        before.push(...changes);
        expect(assign(asked, batch, options)).toEqual(assign(rosterAfter(profiles, before), batch, options));
      }
    }),
    { numRuns: 500 },
  );
});

test('a roster in which more has changed than is remembered answers as one that is new', () => {
  const profile = (name: string, running: number): AgentProfile => ({
    workspace: 'w',
    name,
    type: 'simulated',
    connector: 'simulated',
    capabilities: [],
    tags: [],
    cost: {},
    shared: false,
    draining: false,
    maxConcurrent: 4,
    running,
    record: { succeeded: 0, failed: 0, logDurationSum: 0, logDurationSquareSum: 0 },
  });
  const requirement = { technologies: [], tags: [], prefer: [], avoid: [], sameAs: [], exclude: [] };
  const batch = [{ workspace: 'w', requirement }];
  const roster = new Roster([profile('ada', 0), profile('bob', 1)]);
  expect(assign(roster, batch)).toMatchObject([{ agent: { name: 'ada' } }]);
  for (let at = 0; at < 25_000; at++) roster.setRunning({ workspace: 'w', name: 'bob' }, 2 + (at % 2));
  roster.setRunning({ workspace: 'w', name: 'ada' }, 3);
  roster.setRunning({ workspace: 'w', name: 'bob' }, 0);
  expect(assign(roster, batch)).toMatchObject([{ agent: { name: 'bob' } }]);
});
