import { completeSchema, failSchema, heartbeatSchema } from '../../../src/contracts/schemas/agent-protocol';
import { feedback } from '../../../src/contracts/schemas/api/task';

const reference = { workspace: 'w', session: 's', task: 't', token: 1 };

test.each([2 ** 31 - 1, 2 ** 31])('an attempt is taken as far as it can be looked for: %d', (attempt) => {
  const isTaken = attempt < 2 ** 31;
  const attempts = [{ ...reference, attempt }];
  expect([
    feedback.safeParse({ attempt }).success,
    completeSchema.safeParse({ ...reference, attempt, output: null }).success,
    failSchema.safeParse({ ...reference, attempt, error: 'it broke' }).success,
    heartbeatSchema.safeParse({ attempts }).success,
  ]).toEqual(Array(4).fill(isTaken));
});
