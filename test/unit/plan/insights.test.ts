import { canonicalPlan } from '../../../src/contracts/schemas/canonical-plan';
import { parseCanonicalPlan } from '../../../src/contracts/schemas/parse-canonical-plan';
import { planOf } from './read-plan-text';

const plan = (ofPlan: string, ofTask: string): string => `version: 1
name: p
${ofPlan}
agents: { a: { connector: simulated } }
tasks:
  fix: { agent: a, prompt: Fix it ${ofTask} }
`;

test.each([
  ['', '', undefined],
  ['insights: false', '', false],
  ['', ', insights: false', false],
  ['insights: false', ', insights: true', undefined],
])('with %j for the plan and %j for the task, its prompts tell insights: %j', async (ofPlan, ofTask, insights) => {
  const read = await planOf(plan(ofPlan, ofTask));
  expect(read.tasks['fix']?.insights).toBe(insights);
  expect(parseCanonicalPlan(canonicalPlan(read).canonical)).toEqual(read);
});

test('plans that say nothing of insights keep their versions', async () => {
  const { canonical, hash } = canonicalPlan(await planOf(plan('', '')));
  expect(canonical).not.toContain('insights');
  expect(canonicalPlan(await planOf(plan('insights: true', ', insights: true'))).hash).toBe(hash);
});
