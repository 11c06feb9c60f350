import { z } from 'zod';
import { defineAgent } from '../../../src/sdk/define-agent';
import type { AgentWork, WorkContext } from '../../../src/sdk/agent-work';
import { WorkFailure } from '../../../src/sdk/work-failure';

const context: WorkContext = {
  signal: new AbortController().signal,
  progress: () => undefined,
  used: () => undefined,
};
const workOn = (input: unknown): AgentWork => ({ prompt: 'Add', input }) as AgentWork;

const adder = defineAgent({
  name: 'adder',
  capabilities: ['math.add'],
  maxConcurrent: 2,
  input: z.object({ a: z.number(), b: z.number() }),
  output: z.object({ sum: z.number().max(10) }),
  // Types follow from the schemas: this does not compile with other names.
  run: ({ a, b }, { prompt }) => ({ sum: a + b, prompt }),
});

it('is known to the registry as an agent that comes for its work', () => {
  expect(adder.definition).toEqual({
    name: 'adder',
    capabilities: ['math.add'],
    maxConcurrent: 2,
    connector: 'remote',
  });
});

it('does its work with what the schemas make of input and output', async () => {
  expect(await adder.run(workOn({ a: 1, b: 2, c: 3 }), context)).toEqual({ sum: 3 });
});

it('fails for good with an input that it does not take, and says where', async () => {
  const failed = adder.run(workOn({ a: 1, b: 'two' }), context);
  await expect(failed).rejects.toBeInstanceOf(WorkFailure);
  await expect(failed).rejects.toMatchObject({ advice: { retryable: false }, message: /takes: input\.b: / });
});

it('fails with an output that it does not promise', async () => {
  const failed = adder.run(workOn({ a: 9, b: 2 }), context);
  await expect(failed).rejects.toMatchObject({ advice: {}, message: /promises: output\.sum: / });
});
