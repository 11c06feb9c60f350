import type { AgentRecord } from '../../../src/domain/agents/agent';
import { activityKey } from '../../../src/domain/learning/belief';
import { emptyRecord } from '../../../src/domain/learning/record-sums';
import type { AgentProfile } from '../../../src/domain/routing/agent-profile';
import { assign } from '../../../src/domain/routing/assign';
import type { Assignment } from '../../../src/domain/routing/assignment';
import { recompute } from '../../../src/domain/routing/build-assignment';
import { Roster } from '../../../src/domain/routing/roster';
import { agent, needs, recordOf } from './agent-profiles';

const record = (succeeded: number, failed: number): AgentRecord => ({ ...emptyRecord, succeeded, failed });
const proficient = (proficiency: number) => [{ name: 'write', proficiency, technologies: [] }];

/** An agent of the workspace `w` that it shares, which does well there; `by`: what others know of it. */
function lent(name: string, by: Record<string, Partial<AgentProfile>> = {}): AgentProfile {
  const declared = agent(name, { shared: true });
  return {
    ...declared,
    capabilities: proficient(0.95),
    record: record(40, 1),
    elsewhere: {
      by: new Map(Object.entries(by).map(([workspace, known]) => [workspace, { ...declared, ...known }])),
      byOthers: declared,
    },
  };
}

function assigned(roster: Roster, workspace: string): Assignment {
  const requirement = needs();
  const activity = { capability: 'write', taskType: 'fix' };
  const [one] = assign(roster, [{ workspace, requirement, activity }]);
  if (one?.kind !== 'assigned') throw new Error(one?.message);
  return one;
}

test('who borrows an agent goes by what it has learnt itself', () => {
  const roster = new Roster([
    lent('ada', { borrower: { capabilities: proficient(0.3), record: record(0, 9) } }),
    agent('bob', { shared: true }),
  ]);
  expect(assigned(roster, 'w').agent.name).toBe('ada');
  const decision = assigned(roster, 'borrower');
  expect(decision.agent.name).toBe('bob');
  expect(decision.runnersUp[0]?.parts).toMatchObject({ specialisation: 0.3, successRate: 4 / 14 });
  expect(recompute(JSON.parse(JSON.stringify(decision)) as Assignment)).toEqual(decision);
});

test('who knows nothing of it takes it for what its owner declares', () => {
  const { parts, inputs } = assigned(new Roster([lent('ada', { borrower: { record: record(0, 9) } })]), 'stranger');
  expect(parts).toMatchObject({ specialisation: 0.8, successRate: 0.8 });
  expect(inputs.evaluated[0]?.record).toEqual(emptyRecord);
});

test('what is learnt by one of them is seen at once, by that one', () => {
  const roster = new Roster([lent('ada'), agent('bob', { shared: true, record: record(4, 1) })]);
  expect([assigned(roster, 'borrower').agent.name, assigned(roster, 'other').agent.name]).toEqual(['ada', 'ada']);
  roster.put(lent('ada', { borrower: { record: record(0, 3) } }));
  expect([assigned(roster, 'borrower').agent.name, assigned(roster, 'other').agent.name]).toEqual(['bob', 'ada']);
  roster.put(lent('ada', { borrower: { record: record(0, 3) }, other: { capabilities: proficient(0.1) } }));
  expect([assigned(roster, 'w').agent.name, assigned(roster, 'other').agent.name]).toEqual(['ada', 'bob']);
});

test('attempts are predicted from what the borrower knows', () => {
  const fix = activityKey({ capability: 'write', taskType: 'fix' });
  const took = recordOf(Array.from({ length: 20 }, () => 60_000));
  const knowing = { borrower: { record: took, records: new Map([[fix, took]]) } };
  const roster = new Roster([lent('ada', knowing)]);
  expect(assigned(roster, 'borrower').prediction?.durationMs?.basis).toBe('same-task-and-agent');
  expect(assigned(roster, 'stranger').prediction?.success).toBeNull();
  roster.put(agent('bob', { workspace: 'borrower', capabilities: proficient(1) }));
  expect(assigned(roster, 'borrower').prediction?.durationMs?.basis).not.toBe('same-task-and-agent');
  expect(assigned(roster, 'borrower').prediction?.success).not.toBeNull();
});
