import { defaultPayloadConverter } from '@temporalio/common';
import type { RunTaskInput } from '../../src/contracts/protocol/activities';
import { definitionOf } from '../helpers/agent-definitions';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';

let installation: TestInstallation;

beforeAll(async () => {
  installation = await openTestInstallation();
  await installation.agents.add(
    'default',
    ['pen', 'quill'].map((name) =>
      definitionOf(name, {
        connector: { connector: 'simulated', latency: { kind: 'fixed', ms: 0 }, successRate: 1, output: { by: name } },
        capabilities: [{ name: 'write', proficiency: 1, technologies: [] }],
      }),
    ),
  );
  await installation.startWorkers();
});
afterAll(() => installation.close());

const plan = `
version: 1
name: needing
agents: { ok: { connector: simulated, output: "\${{ inputs.said }}" } }
inputs: { said: { type: string, default: so } }
tasks:
  one: { agent: ok }
  two: { agent: ok }
  three: { agent: ok }
  four: { agent: ok }
  five: { agent: ok }
  each: { forEach: [1, 2], agent: ok }
  first_of: { agent: { capability: write, race: 2 } }
  of_two: { needs: [one, two], agent: ok, input: "\${{ tasks.one.output }}" }
  behind: { needs: [of_two], agent: ok, input: ["\${{ tasks.of_two.output }}", "\${{ tasks.two.output }}"] }
  of_items: { needs: [one, each], agent: ok }
  of_race: { needs: [first_of], agent: ok }
  of_many: { needs: [one, two, three, four, five], agent: ok }
  items: { needs: [one], forEach: [1, 2], agent: ok }
`;

it('reads the few tasks that an attempt needs as it begins, and others by themselves', async () => {
  const session = await installation.start(plan);
  expect((await session.result()).status).toBe('succeeded');
  const { events } = await installation.temporal.workflow.getHandle(session.workflowId).fetchHistory();
  const inputs = (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
    (scheduled?.input?.payloads ?? []).map((payload) => defaultPayloadConverter.fromPayload<RunTaskInput>(payload)),
  );
  expect(Object.fromEntries(inputs.flatMap(({ run, needs }) => (needs ? [[run, needs]] : [])))).toEqual({
    of_two: ['one', 'two'],
    behind: ['of_two'],
    'items[0]': ['one'],
    'items[1]': ['one'],
  });
  expect(new Set(inputs.map(({ run }) => run))).toEqual(
    new Set([
      ...['one', 'two', 'three', 'four', 'five', 'each[0]', 'each[1]', 'first_of[0]', 'first_of[1]'],
      ...['of_two', 'behind', 'of_items', 'of_race', 'of_many', 'items[0]', 'items[1]'],
    ]),
  );
});
