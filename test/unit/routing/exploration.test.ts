import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { AgentRecord } from '../../../src/domain/agents/agent';
import { activityKey } from '../../../src/domain/learning/belief';
import { drawSeed } from '../../../src/domain/learning/explore';
import { emptyRecord } from '../../../src/domain/learning/record-sums';
import { Expectations } from '../../../src/domain/learning/expectations';
import { knownAgents } from '../../../src/domain/routing/agent-profile';
import type { AgentProfile } from '../../../src/domain/routing/agent-profile';
import { assign } from '../../../src/domain/routing/assign';
import type { Assignment } from '../../../src/domain/routing/assignment';
import { recompute } from '../../../src/domain/routing/build-assignment';
import { Roster } from '../../../src/domain/routing/roster';
import type { RoutingSettings } from '../../../src/domain/routing/settings';
import { agent, arbitraryProfiles, arbitraryRequirement, needs, recordOf } from './agent-profiles';

const record = (succeeded: number, failed: number): AgentRecord => ({ ...emptyRecord, succeeded, failed });
const seedOf = (run: number): string => drawSeed({ workspace: 'w', session: 's', run: `t${run}`, attempt: 1 });

/** Where each of so many tasks goes, as if each came alone. */
function assignments(profiles: AgentProfile[], options: Partial<RoutingSettings>, tasks = 400): Assignment[] {
  const roster = new Roster(profiles);
  return Array.from({ length: tasks }, (_, at) => at).flatMap((at) =>
    assign(roster, [{ workspace: 'w', requirement: needs(), seed: seedOf(at) }], options).flatMap((one) =>
      one.kind === 'assigned' ? [one] : [],
    ),
  );
}
const shareOf = (found: Assignment[], name: string): number =>
  found.filter((one) => one.agent.name === name).length / found.length;

const known = agent('known', { record: record(20, 5) });
const unlucky = agent('unlucky', { record: record(0, 1) });

describe('exploration', () => {
  test('gives an agent that had bad luck another chance, now and then', () => {
    const doubtful = agent('doubtful', { record: record(10, 5) });
    const share = shareOf(assignments([doubtful, unlucky], { exploration: 1 }), 'unlucky');
    expect(share).toBeGreaterThan(0.02);
    expect(share).toBeLessThan(0.5);
  });

  test('is no larger than the share of assignments that may explore, and none where that is 0', () => {
    const equals = [agent('a', { record: record(2, 2) }), agent('b', { record: record(2.1, 2.1) })];
    const shares = [0, 0.1, 1].map((exploration) => shareOf(assignments(equals, { exploration }), 'b'));
    expect(shares[0]).toBe(0);
    expect(shares[1]).toBeGreaterThan(0);
    expect(shares[1]).toBeLessThan(0.1);
    expect(shares[2]).toBeGreaterThan(0.3);
  });

  test('leaves agents alone that are known to be worse', () => {
    const bad = agent('bad', { record: record(10, 30) });
    expect(shareOf(assignments([known, bad], { exploration: 1 }), 'bad')).toBe(0);
  });

  test('takes agents of which the same is known in the order of their names, as ever', () => {
    const equals = [agent('a', { record: record(2, 2) }), agent('b', { record: record(2, 2) })];
    expect(shareOf(assignments(equals, { exploration: 1 }), 'a')).toBe(1);
  });

  test('does not go against the strategy, nor against what the task prefers', () => {
    const dear = { ...unlucky, cost: { perAttemptUsd: 2 } };
    const cheap = { ...agent('cheap', { record: record(3, 2) }), cost: { perAttemptUsd: 1 } };
    expect(shareOf(assignments([dear, cheap], { exploration: 1, strategy: 'cheapest' }), 'cheap')).toBe(1);
    const roster = new Roster([agent('a', { record: record(9, 9) }), agent('b', { record: record(2, 1) })]);
    const preferring = Array.from({ length: 100 }, (_, at) =>
      assign(roster, [{ workspace: 'w', requirement: needs({ prefer: ['a'] }), seed: seedOf(at) }], { exploration: 1 }),
    ).flat();
    expect(shareOf(preferring as Assignment[], 'a')).toBe(1);
  });

  test('needs an attempt to draw by: a preview shows who is believed to be best', () => {
    const roster = new Roster([agent('a', { record: record(2, 2) }), agent('b', { record: record(2, 2.1) })]);
    const requests = Array.from({ length: 50 }, () => ({ workspace: 'w', requirement: needs() }));
    const found = requests.flatMap((request) => assign(roster, [request], { exploration: 1 }));
    expect(new Set(found.map((one) => one.kind === 'assigned' && one.agent.name))).toEqual(new Set(['a']));
    expect(found[0]).not.toHaveProperty('inputs.draw');
  });

  test('is told in plain words, and as data', () => {
    const profiles = [agent('ada', { record: record(8, 4) }), agent('bob', { record: record(0, 1) })];
    const explored = assignments(profiles, { exploration: 1 }).find((one) => one.explored);
    expect(explored).toMatchObject({
      agent: { name: 'bob' },
      explored: { insteadOf: { workspace: 'w', name: 'ada' } },
    });
    expect(explored?.reasoning).toMatch(
      /^bob is tried, to learn: score 0\.80 from proficiency 0\.80 in write, success rate 0\.67 after 1 outcome, 0 of 4 places taken\. It may succeed in 0\.\d\d of its attempts, and would have score 0\.8\d; ada is believed to be best, with 0\.81 after 12 outcomes\./,
    );
    const usual = assignments(profiles, { exploration: 1 }).find((one) => one.agent.name === 'ada');
    expect(usual).not.toHaveProperty('explored');
    expect(usual?.reasoning).toContain('ada has the best score of 2 agents');
  });
});

describe('an assignment', () => {
  test('that may have explored is worked out again from what it stores, after a journey as JSON', () => {
    const requests = fc.array(
      fc.record({
        workspace: fc.constantFrom('w', 'v'),
        requirement: arbitraryRequirement,
        seed: fc.string({ maxLength: 4 }),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(arbitraryProfiles, requests, fc.constantFrom(0.5, 1), (profiles, batch, exploration) => {
        const decisions = assign(new Roster(profiles), batch, { exploration });
        expect(assign(new Roster([...profiles].reverse()), batch, { exploration })).toEqual(decisions);
        for (const decision of decisions) {
          if (decision.kind !== 'assigned') continue;
          const stored = JSON.parse(JSON.stringify(decision)) as Assignment;
          expect(stored).toEqual(decision);
          expect(recompute(stored)).toEqual(decision);
        }
      }),
    );
  });

  test('of before there was exploration comes out as it was stored', () => {
    const stored = JSON.parse(
      readFileSync(join(__dirname, 'assignment-before-exploration.json'), 'utf8'),
    ) as Assignment;
    expect(stored.inputs).not.toHaveProperty('exploration');
    expect(recompute(stored)).toEqual(stored);
  });
});

describe('records of parts', () => {
  const knownAt = (name: string, activity: object, ofPart: AgentRecord, all: AgentRecord = ofPart) =>
    agent(name, { record: all, records: new Map([[activityKey(activity), ofPart]]) });
  const first = (profiles: AgentProfile[], more: object = {}, options: Partial<RoutingSettings> = {}) => {
    const [one] = assign(new Roster(profiles), [{ workspace: 'w', requirement: needs(more) }], options);
    return one?.kind === 'assigned' ? one : undefined;
  };

  test('of the capability count before all that an agent did', () => {
    const reviewer = knownAt('reviewer', { capability: 'write' }, record(0, 10), record(90, 10));
    const writer = knownAt('writer', { capability: 'write' }, record(10, 0), record(10, 90));
    const chosen = first([reviewer, writer]);
    expect(chosen?.agent.name).toBe('writer');
    expect(chosen?.reasoning).toContain('after 10 outcomes of this kind (0.04 by what else is known)');
    expect(chosen && recompute(chosen)).toEqual(chosen);
  });

  test('of the type of task count among those that are weighed', () => {
    const fixer = knownAt('fixer', { capability: 'write', taskType: 'fix' }, record(9, 1), record(9, 21));
    const other = knownAt('other', { capability: 'write', taskType: 'fix' }, record(1, 9), record(21, 9));
    expect(first([fixer, other])?.agent.name).toBe('other');
    expect(first([fixer, other], { taskType: 'fix' })?.agent.name).toBe('fixer');
  });

  test('of others of its type speak for an agent that is new', () => {
    const others = [1, 2, 3].map((nth) =>
      agent(`known-${nth}`, { type: 'codex', draining: true, record: record(60, 0) }),
    );
    const profiles = [agent('a'), agent('z', { type: 'codex' }), ...others];
    const roster = new Roster(profiles, new Expectations(profiles.flatMap(knownAgents)));
    const [chosen] = assign(roster, [{ workspace: 'w', requirement: needs() }]);
    expect(chosen).toMatchObject({ agent: { name: 'z' } });
    expect(chosen?.kind === 'assigned' && recompute(chosen)).toEqual(chosen);
  });

  test('too short for durations leave these to what the agent did elsewhere', () => {
    const quick = knownAt('quick', { capability: 'write' }, emptyRecord, recordOf([10, 10, 10]));
    const slow = knownAt('slow', { capability: 'write' }, emptyRecord, recordOf([900, 900, 900]));
    const chosen = first([slow, quick], {}, { strategy: 'fastest' });
    expect(chosen).toMatchObject({ agent: { name: 'quick' }, estimatedMs: { p50: 10 } });
    expect(chosen && recompute(chosen)).toEqual(chosen);
  });

  test('of what attempts did cost count before what the owner says', () => {
    const costing = (sumUsd: number) => ({ ...emptyRecord, cost: { count: 4, sumUsd } });
    const profiles = [
      agent('dear', { cost: { perAttemptUsd: 0.01 }, record: costing(8) }),
      agent('cheap', { record: costing(4) }),
    ];
    const chosen = first(profiles, {}, { strategy: 'cheapest' });
    expect(chosen).toMatchObject({ agent: { name: 'cheap' }, expectedCostUsd: 1 });
  });
});
