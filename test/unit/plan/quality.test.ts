import { canonicalPlan } from '../../../src/contracts/schemas/canonical-plan';
import { parseCanonicalPlan } from '../../../src/contracts/schemas/parse-canonical-plan';
import { leavesRetries, leavesTimeout } from '../../../src/domain/plan/default-policies';
import type { Task } from '../../../src/domain/plan/plan';
import { planOf } from './read-plan-text';

const plan = (ofPlan: string, ofTask: string): string => `version: 1
name: p
${ofPlan}
agents: { a: { connector: simulated } }
tasks:
  fix: { agent: a, prompt: Fix it ${ofTask} }
`;

const taskOf = async (ofPlan: string, ofTask: string): Promise<Task> => {
  const read = await planOf(plan(ofPlan, ofTask));
  expect(parseCanonicalPlan(canonicalPlan(read).canonical)).toEqual(read);
  return read.tasks['fix'] as Task;
};

test('a task says how often a model must succeed', async () => {
  expect((await taskOf('', ', quality: { atLeast: 0.9 }')).quality).toEqual({ atLeast: 0.9 });
  await expect(planOf(plan('', ', quality: { atLeast: 2 }'))).rejects.toThrow('quality');
});

test.each([
  ['', '', true, true],
  ['', ', timeout: 10m', false, true],
  ['defaults: { timeout: 10m }', '', false, true],
  ['', ', retry: { attempts: 2 }', true, false],
  ['', ', learned: false', false, false],
  ['learned: false', '', false, false],
  ['learned: false', ', learned: true', true, true],
])('with %j for the plan and %j for the task, evidence decides the timeout: %j, the retries: %j', async (...row) => {
  const [ofPlan, ofTask, timeout, retries] = row;
  const task = await taskOf(ofPlan, ofTask);
  expect([leavesTimeout(task), leavesRetries(task)]).toEqual([timeout, retries]);
});

test('plans that say nothing of it keep their versions', async () => {
  const { canonical, hash } = canonicalPlan(await planOf(plan('', '')));
  expect(canonical).not.toMatch(/learned|quality/);
  expect(canonicalPlan(await planOf(plan('learned: true', ', learned: true'))).hash).toBe(hash);
});

test('a gate may measure how good an output is, of agents and not of sub-plans', async () => {
  const gate = "gate: { check: 'output.ok', score: 'output.rate' }";
  expect((await taskOf('', `, ${gate}`)).gate).toEqual({
    check: 'output.ok',
    score: 'output.rate',
    onFailure: 'retry',
  });
  await expect(planOf(plan('', `, gate: { check: 'output.ok', score: 'output.rate > 1' }`))).rejects.toThrow('bool');
  await expect(planOf(plan('', `, gate: { check: 'output.ok', score: 'tasks.no.output' }`))).rejects.toThrow('no');
  const subPlan = `version: 1\nname: p\ntasks: { sub: { plan: { version: 1, name: q, tasks: { a: { run: [ls] } } }, ${gate} } }`;
  await expect(planOf(subPlan)).rejects.toThrow('a sub-plan has a "check" only');
});
