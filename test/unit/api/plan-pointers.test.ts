import { problemOf } from '../../../src/api/problem';
import { needsOf, requireReadable } from '../../../src/api/read-plan-source';
import type { PlanSource } from '../../../src/api/read-plan-source';
import { OrchestraError } from '../../../src/domain/errors';

const agents = { ada: { connector: 'simulated' } };
const planOf = (tasks: object, more: object = {}) => ({ version: 1, name: 'p', agents, tasks, ...more });

async function faultsOf(source: Partial<PlanSource> & Pick<PlanSource, 'plan'>) {
  const error: unknown = await requireReadable({ files: {}, ...source }).catch((reason: unknown) => reason);
  if (!(error instanceof OrchestraError)) throw new Error('the plan was expected to be faulty');
  const { code, errors } = problemOf(error, 'r');
  expect(code).toBe('PLAN_INVALID');
  return errors;
}

it.each([
  [
    'a name in a list',
    planOf({ a: { agent: 'ada' }, b: { agent: 'ada', needs: ['a', 'c'] } }),
    '/plan/tasks/b/needs/1',
  ],
  ['a key that is unknown', planOf({ a: { agent: 'ada', need: [] } }), '/plan/tasks/a/need'],
  ['a key that is missing', { version: 1, name: 'p' }, '/plan/tasks'],
  ['a value', planOf({ a: { agent: 'ada', retry: { attempts: 0 } } }), '/plan/tasks/a/retry/attempts'],
  [
    'a sub-plan',
    planOf({ a: { plan: planOf({ b: { agent: 'ada', needs: ['c'] } }) } }),
    '/plan/tasks/a/plan/tasks/b/needs/0',
  ],
  ['an output', planOf({ a: { agent: 'ada' } }, { outputs: { said: '${{ tasks.b.output }}' } }), '/plan/outputs/said'],
])('points to %s', async (_, plan, pointer) => {
  const faults = await faultsOf({ plan });
  expect(faults?.map((fault) => fault.pointer)).toEqual([pointer]);
  // What is wrong is said without where: that is the pointer.
  expect(faults?.[0]?.detail).not.toMatch(/^(tasks|outputs)\b/);
});

it('writes names with / and ~ as RFC 6901 does', async () => {
  const faults = await faultsOf({ plan: planOf({ ok: { agent: 'ada' }, 'a/b~c': { agent: 'ada' } }) });
  expect(faults?.map(({ pointer }) => pointer)).toEqual(['/plan/tasks/a~1b~0c']);
});

it('points to a text as a whole, and says where in it', async () => {
  const plan = JSON.stringify(planOf({ b: { agent: 'ada', needs: ['c'] } }));
  expect(await faultsOf({ plan })).toEqual([
    { pointer: '/plan', detail: expect.stringContaining('tasks.b.needs[0]: there is no task "c"') },
  ]);
  const outer = planOf({ inner: { plan: './inner.yaml' } });
  expect(await faultsOf({ plan: outer, files: { 'inner.yaml': plan } })).toMatchObject([
    { pointer: '/files/inner.yaml', detail: expect.stringContaining('tasks.b.needs[0]') },
  ]);
});

it('points to what the plan was made of', async () => {
  const plan = planOf({ b: { agent: 'ada', needs: ['c'] } });
  expect(await faultsOf({ plan, madeOf: 'agents' })).toMatchObject([{ pointer: '/agents' }]);
});

it('knows where a plan says what it needs of the registry', async () => {
  const inner = 'version: 1\nname: i\ntasks: { x: { agent: bob } }\n';
  const source = { plan: planOf({ a: { agent: 'eve' }, b: { plan: './i.yaml' } }), files: { 'i.yaml': inner } };
  expect(needsOf(await requireReadable(source), source)).toMatchObject([
    { place: 'tasks.x.agent', path: ['files', 'i.yaml'] },
    { place: 'tasks.a.agent', path: ['plan', 'tasks', 'a', 'agent'] },
  ]);
  const text = { plan: JSON.stringify(planOf({ a: { agent: 'eve' } })), files: {} };
  expect(needsOf(await requireReadable(text), text)).toMatchObject([{ path: ['plan'] }]);
});
