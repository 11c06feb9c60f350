import { isWithin, outOfScope } from '../../../src/domain/access/task-scope';
import type { TaskScope } from '../../../src/domain/access/task-scope';
import { readPlan, requirePlan } from '../../../src/contracts/schemas/read-plan';

const text = `
version: 1
name: mixed
agents:
  ada: { connector: simulated, capabilities: [code-review] }
tasks:
  review: { agent: { capability: code-review } }
  ship: { type: deploy, agent: { capability: deployment } }
  ask: { type: review, agent: ada }
  any: { type: review, agent: { type: claude-code } }
  inner: { plan: inner.yaml }
`;
const inner = `
version: 1
name: inner
agents:
  ada: { connector: simulated, capabilities: [code-review, deployment] }
tasks:
  review: { agent: { capability: code-review } }
  ship: { type: deploy, agent: { capability: deployment }, needs: [review] }
`;

async function refusedOf(scope: TaskScope): Promise<Record<string, string>> {
  const { plan } = requirePlan(await readPlan({ file: 'mixed.yaml', text }, () => Promise.resolve(inner)));
  return Object.fromEntries(outOfScope(plan, scope).map(({ path, why }) => [path.join('.'), why]));
}

test('a scope that says nothing covers all', async () => expect(await refusedOf({})).toEqual({}));

test('types are those of the tasks, or their names; those inside sub-plans count', async () => {
  const isDeploy = 'is of the type "deploy"';
  expect(await refusedOf({ taskTypes: ['review'] })).toEqual({ ship: isDeploy, 'inner.ship': isDeploy });
  expect(await refusedOf({ taskTypes: ['review', 'deploy'] })).toEqual({});
});

test('a task must ask for a capability of the scope, and one that names its agent asks for none', async () => {
  const deploys = 'asks for the capability "deployment"';
  expect(await refusedOf({ capabilities: ['code-review'] })).toEqual({
    ship: deploys,
    ask: 'names the agent "ada", and asks for no capability',
    any: 'asks for no capability',
    'inner.ship': deploys,
  });
});

test('of a scope with both, a task must meet both; with an empty list, none does', async () => {
  expect(Object.keys(await refusedOf({ taskTypes: ['deploy'], capabilities: ['deployment'] }))).toEqual([
    'review',
    'ask',
    'any',
    'inner.review',
  ]);
  expect(Object.keys(await refusedOf({ taskTypes: [] }))).toHaveLength(6);
});

test('no more is told than anybody reads', async () => {
  const { plan } = requirePlan(await readPlan({ file: 'mixed.yaml', text }, () => Promise.resolve(inner)));
  expect(outOfScope(plan, { taskTypes: [] }, 2)).toHaveLength(2);
});

test.each<[TaskScope | undefined, TaskScope, boolean]>([
  [{ taskTypes: ['review'] }, { taskTypes: ['review', 'test'] }, true],
  [{ taskTypes: ['review', 'deploy'] }, { taskTypes: ['review', 'test'] }, false],
  [undefined, { taskTypes: ['review'] }, false],
  [undefined, {}, true],
  [{ taskTypes: ['review'] }, {}, true],
  [{ capabilities: ['code-review'] }, { taskTypes: ['review'] }, false],
  [{ taskTypes: ['review'] }, { taskTypes: ['review'], capabilities: ['code-review'] }, false],
  [{ taskTypes: ['review'], capabilities: ['code-review'] }, { taskTypes: ['review'] }, true],
])('%j is within %j: %s', (scope, bounds, is) => {
  expect(isWithin(scope, bounds)).toBe(is);
});
