import fc from 'fast-check';
import { activityKey } from '../../../src/domain/learning/belief';
import { emptyRecord, together } from '../../../src/domain/learning/record-sums';
import { assign } from '../../../src/domain/routing/assign';
import type { Assignment } from '../../../src/domain/routing/assignment';
import { ActivityRecords } from '../../../src/domain/routing/activity-records';
import type { AgentProfile } from '../../../src/domain/routing/agent-profile';
import { recompute } from '../../../src/domain/routing/build-assignment';
import { Roster } from '../../../src/domain/routing/roster';
import { agent, needs, recordOf } from '../routing/agent-profiles';

const fix = { capability: 'write', taskType: 'fix' };
const brew = { capability: 'write', taskType: 'brew' };

const parts = (...of: [{ capability: string; taskType: string }, AgentProfile['record']][]): Partial<AgentProfile> => ({
  records: new Map([
    ...of.map(([activity, record]): [string, AgentProfile['record']] => [activityKey(activity), record]),
    [activityKey({ capability: 'write' }), of.map(([, record]) => record).reduce(together)],
  ]),
  record: of.map(([, record]) => record).reduce(together),
});

function assigned(profiles: AgentProfile[], name = 'ada', workspace = 'w'): Assignment {
  const requirement = needs({ prefer: [name] });
  const [decision] = assign(new Roster(profiles), [{ workspace, requirement, activity: fix }]);
  if (decision?.kind !== 'assigned') throw new Error('somebody has room');
  return decision;
}

const minutes = (count: number, ms = 60_000): number[] => Array<number>(count).fill(ms);

describe('the prediction of an attempt', () => {
  test('is what the agent did of the like, with an interval that narrows with what is known', () => {
    const few = assigned([agent('ada', parts([fix, recordOf(minutes(4), 1)]))]).prediction!;
    const many = assigned([agent('ada', parts([fix, recordOf(minutes(40), 10)]))]).prediction!;
    expect(many.success?.probability).toBeCloseTo(0.8, 1);
    expect(many.success?.outcomes).toBe(50);
    expect(many.success!.high - many.success!.low).toBeLessThan(few.success!.high - few.success!.low);
    expect(many.durationMs).toMatchObject({ p50: 60_000, basis: 'same-task-and-agent' });
    expect(many.durationMs!.p90).toBeGreaterThan(60_000);
  });

  test('goes by others at such tasks, and by what the agent did elsewhere, while it has done none', () => {
    const failing = agent('bob', parts([fix, recordOf(minutes(2), 18)]));
    const { prediction, riskFactors } = assigned([agent('ada', parts([brew, recordOf(minutes(20))])), failing]);
    expect(prediction?.success?.probability).toBeGreaterThan(0.4);
    expect(prediction?.success?.probability).toBeLessThan(0.7);
    expect(prediction?.durationMs?.basis).toBe('same-agent');
    expect(riskFactors).toContain('new to it: none of its 20 outcomes is of fix');
    expect(riskFactors).toContain('hard for others: fix succeeded in 0.10 of their 20 outcomes');
  });

  test('is none while fewer than three outcomes are known', () => {
    expect(assigned([agent('ada', parts([fix, recordOf(minutes(2))]))]).prediction).toEqual({
      success: null,
      durationMs: null,
      costUsd: null,
    });
  });

  test('of a shared agent knows nothing of what others came to in the workspace of the agent', () => {
    const lent = agent('ada', { workspace: 'lender', shared: true });
    const colleague = agent('bob', { workspace: 'lender', ...parts([fix, recordOf(minutes(20))]) });
    expect(assigned([lent, colleague]).prediction?.success).toBeNull();
  });

  test('is worked out again from what the assignment stores', () => {
    const decision = assigned([
      agent('ada', {
        ...parts([fix, recordOf([1_000, 2_000, 9_000])], [brew, recordOf([5])]),
        decline: { before: 0.9, lately: 0.2 },
      }),
      agent('bob', parts([fix, recordOf(minutes(7), 2)])),
    ]);
    const stored = JSON.parse(JSON.stringify(decision)) as Assignment;
    expect(stored).toEqual(decision);
    expect(recompute(stored)).toEqual(decision);
  });
});

test('an agent on trial, or in decline, is a risk', () => {
  const trial = { state: 'half-open' as const, why: '5 attempts failed in a row' };
  const decline = { before: 0.9, lately: 0.4 };
  expect(assigned([agent('ada', { breaker: trial, decline })]).riskFactors).toEqual(
    expect.arrayContaining([
      'on trial: its circuit breaker is half-open, because 5 attempts failed in a row',
      'in decline: it succeeds in 0.40 of its latest attempts, and did in 0.90 before',
    ]),
  );
});

test('what all agents came to is the sum of what is there, whatever came and went', () => {
  const profile = fc
    .record({ name: fc.constantFrom('ada', 'bob', 'cy'), fixed: fc.nat(9), failed: fc.nat(9) })
    .map(({ name, fixed, failed }) => agent(name, parts([fix, recordOf(minutes(fixed), failed)])));
  fc.assert(
    fc.property(fc.array(profile), (profiles) => {
      const roster = new Roster(profiles);
      const latest = [...new Map(profiles.map((one) => [one.name, one])).values()];
      const plain = new ActivityRecords();
      for (const one of latest) plain.add(one);
      const [sum, expected] = [roster.activities.of('w', fix), plain.of('w', fix)];
      expect(sum.succeeded).toBeCloseTo(expected.succeeded);
      expect(sum.failed).toBeCloseTo(expected.failed);
      for (const one of latest) roster.remove(one);
      expect(roster.activities.of('w', fix)).toEqual(emptyRecord);
    }),
  );
});
