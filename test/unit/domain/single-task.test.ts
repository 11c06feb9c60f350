import { readPlan, requirePlan } from '../../../src/contracts/schemas/read-plan';
import { isSingleTask, singleTaskPlan } from '../../../src/domain/plan/single-task';
import type { SingleTask } from '../../../src/domain/plan/single-task';

const read = async (task: Partial<SingleTask>) => {
  const { plan, inputs } = singleTaskPlan({ type: 'bug-fix', settings: { agent: 'ada' }, ...task });
  const text = JSON.stringify(plan);
  return { ...requirePlan(await readPlan({ file: 'task', text }, () => Promise.reject(new Error('none')))), inputs };
};

it.each([['a text'], [7], [false], [['a', 1]], [{ deep: [{ er: null }] }]])('takes %j as its input', async (input) => {
  const { plan, inputs } = await read({ input });
  expect(inputs).toEqual({ input });
  expect(plan.tasks['task']).toMatchObject({ type: 'bug-fix', work: { input: '${{ inputs.input }}' } });
});

it('needs neither prompt nor input', async () => {
  const { plan, inputs } = await read({ input: null });
  expect(inputs).toEqual({});
  expect(plan.inputs).toEqual({});
  expect(plan.outputs).toEqual({ output: '${{ tasks.task.output }}' });
});

it('shares a plan with tasks that ask for something else', async () => {
  const [one, other, urgent] = await Promise.all([
    read({ prompt: 'a' }),
    read({ prompt: 'b' }),
    read({ prompt: 'b', settings: { agent: 'ada', priority: 1 } }),
  ]);
  expect(one.hash).toBe(other.hash);
  expect(urgent.hash).not.toBe(other.hash);
});

it('is told from other plans', async () => {
  const { plan } = await read({});
  const { task } = plan.tasks;
  if (!task) throw new Error('the plan has no task');
  expect(isSingleTask(plan)).toBe(true);
  expect(isSingleTask({ tasks: { task, more: task } })).toBe(false);
  expect(isSingleTask({ tasks: { other: task } })).toBe(false);
});
