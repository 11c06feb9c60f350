import type { AttemptReport } from '../../../src/contracts/ports/connector';
import { pitfall, runTask, succeeded } from './task-runner';
import type { World } from './task-runner';

describe('what an attempt costs', () => {
  const prices = { m: { inputUsd: 3, outputUsd: 15 } };
  const using = (usage: AttemptReport['usage']) => async () => ({ ...succeeded, ...(usage && { usage }) });

  test('is what the agent says, and no price is asked for', async () => {
    const { settlements } = await runTask({ agent: using({ tokens: 10, costUsd: 0.5, model: 'm' }) });
    expect(settlements[0]).toMatchObject({ tokens: 10, costUsd: 0.5, verdict: 'succeeded' });
  });

  test('is what its tokens cost, where it says only those and their model', async () => {
    const usage = { tokens: 1_500, inputTokens: 1_000, outputTokens: 500, model: 'm' };
    const { settlements } = await runTask({ agent: using(usage), prices });
    expect(settlements[0]).toMatchObject({ tokens: 1_500, inputTokens: 1_000, outputTokens: 500, costUsd: 0.0105 });
    expect(settlements[0]?.evidence).toContainEqual({
      kind: 'usage',
      says: 'nothing',
      detail: '1500 tokens of the model m cost $0.0105 by the price table',
    });
  });

  test('is unknown where nobody knows the price, and the attempt has succeeded all the same', async () => {
    const { settlements } = await runTask({ agent: using({ tokens: 10, model: 'other' }), prices });
    expect(settlements[0]).toMatchObject({ tokens: 10, verdict: 'succeeded' });
    expect(settlements[0]).not.toHaveProperty('costUsd');
  });
});

test('how hard the task is, its plan says, or what it is given', async () => {
  const complexityOf = async (task: string) =>
    (await runTask({ task, agent: async () => succeeded })).settlements[0]?.taskKind?.complexity;
  expect(await complexityOf('complexity: high, input: { complexity: low }')).toBe('high');
  const given = "input: { complexity: '${{ inputs.who }}' }";
  const { settlements } = await runTask({
    ...{ task: given, agent: async () => succeeded, artifacts: { inputs: { who: 'medium' } } },
  });
  expect(settlements[0]?.taskKind).toEqual({
    capability: '',
    taskType: 'work',
    technologies: [],
    complexity: 'medium',
  });
  expect(await complexityOf('input: { complexity: huge }')).toBeUndefined();
});

test('how much the task gives its agent is settled, without what the agent is told besides', async () => {
  const bytesOf = async (task: string, more: Partial<World> = {}) =>
    (await runTask({ task, agent: async () => succeeded, ...more })).settlements[0]?.inputBytes;
  const prompt = 'prompt: "Grüße an ${{ inputs.who }}"';
  expect(await bytesOf(prompt)).toBe(Buffer.byteLength('Grüße an Ada'));
  expect(await bytesOf(prompt, { artifacts: { inputs: { who: 'x'.repeat(500) } } })).toBe(511);
  expect(await bytesOf('input: { n: "${{ tasks.first.output.n }}" }')).toBe('{"n":1}'.length);
  const told = await bytesOf(prompt, { insights: [pitfall] });
  expect(told).toBe(Buffer.byteLength('Grüße an Ada'));
  expect(await bytesOf('timeout: 1h')).toBe(0);
});

test('how an agent worked is settled with what it came to, and nothing where it does not say', async () => {
  const work = { tools: ['read', 'edit'], messages: 12 };
  const { settlements } = await runTask({ agent: async () => ({ ...succeeded, usage: { model: 'm', ...work } }) });
  expect(settlements[0]).toMatchObject({ model: 'm', work });
  const [silent] = (await runTask({ agent: async () => succeeded })).settlements;
  expect(silent).not.toHaveProperty('model');
  expect(silent).not.toHaveProperty('work');
});
