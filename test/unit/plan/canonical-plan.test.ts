import fc from 'fast-check';
import { canonicalPlan } from '../../../src/contracts/schemas/canonical-plan';
import { parseCanonicalPlan } from '../../../src/contracts/schemas/parse-canonical-plan';
import { planFileText } from '../../../src/contracts/schemas/plan-file-text';
import { planFileSchema } from '../../../src/contracts/schemas/plan-file';
import type { PlanFile } from '../../../src/contracts/schemas/plan-file';
import { readPlan, requirePlan } from '../../../src/contracts/schemas/read-plan';
import { canonicalJson } from '../../../src/domain/canonical-json';
import type { Json } from '../../../src/domain/json';
import { outlineOf } from '../../../src/domain/plan/outline';
import { validatePlan } from '../../../src/domain/plan/validate-plan';
import { filesOf, planOf } from './read-plan-text';

const optional = <Value>(value: fc.Arbitrary<Value>, key: string): fc.Arbitrary<Record<string, Value>> =>
  fc.oneof(
    fc.constant({}),
    value.map((given) => ({ [key]: given })),
  );
const merged = (...parts: fc.Arbitrary<Record<string, unknown>>[]): fc.Arbitrary<Record<string, unknown>> =>
  fc.tuple(...parts).map((given) => Object.assign({}, ...given) as Record<string, unknown>);

const durations = fc.constantFrom('1ms', '500ms', '1s', '90s', '1.5h', '2d', '61m');
const retry = merged(
  optional(fc.integer({ min: 1, max: 9 }), 'attempts'),
  optional(durations, 'initialInterval'),
  optional(fc.constantFrom(1, 1.5, 3), 'backoff'),
  optional(durations, 'maxInterval'),
  optional(fc.constantFrom(0, 0.5, 1), 'jitter'),
);
const policy = fc.constantFrom('fail', 'continue', 'skip-dependents');
const onFailure = fc.oneof(policy, merged(fc.constant({ fallback: 'spare' }), optional(policy, 'then')));
/** As JSON has it, without -0; and without the keys that plans refuse. */
const json = fc
  .jsonValue({ maxDepth: 2 })
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown)
  .filter((value) => !/__proto__|constructor|prototype|\$\{\{/.test(JSON.stringify(value)));
const data = fc.oneof(json, fc.constant({ x: '${{ inputs.i }}' }));
const agent = fc.oneof(
  fc.constantFrom<unknown>(
    'worker',
    'http-agent',
    { capability: 'code' },
    { capability: 'code', prefer: ['worker'], avoid: ['spare'], tags: [] },
    { type: 'http', exclude: ['spare'], strategy: 'cheapest' },
  ),
);
const work = fc.oneof(
  merged(
    agent.map((given) => ({ agent: given })),
    optional(fc.string(), 'prompt').map(
      (given) => JSON.parse(JSON.stringify(given).replaceAll('${{', '')) as Record<string, unknown>,
    ),
    optional(data, 'input'),
  ),
  merged(fc.constant({ run: ['ls', '${{ inputs.i }}'] }), optional(fc.constantFrom('json', 'text', 'lines'), 'output')),
  merged(
    fc.constant({
      plan: { version: 1, name: 'sub', inputs: { n: { type: 'number' } }, tasks: { x: { run: ['pwd'] } } },
    }),
    optional(fc.constantFrom('.', 'sub/folder'), 'directory'),
    optional(fc.constant({ n: 3 }), 'inputs'),
  ),
);
const task = merged(
  work,
  optional(fc.constantFrom('1 == 1', 'inputs.i == "x"'), 'if'),
  optional(fc.constantFrom<unknown>([1, 'two'], '${{ inputs.l }}'), 'forEach'),
  optional(fc.integer({ min: 1, max: 5 }), 'priority'),
  optional(durations, 'timeout'),
  optional(durations, 'taskTimeout'),
  optional(fc.constantFrom('bug-fix', 'review'), 'type'),
  optional(retry, 'retry'),
  optional(onFailure, 'onFailure'),
  optional(
    merged(fc.constant({ check: 'output == null' }), optional(fc.constantFrom('retry', 'fail'), 'onFailure')),
    'gate',
  ),
  fc.oneof(
    fc.constant({}),
    merged(
      fc.constantFrom<Record<string, unknown>>({ writes: ['repo:main', 'file:${{ inputs.i }}'] }, { reads: ['db:x'] }),
      optional(fc.constantFrom('wait', 'refuse', 'ask'), 'onConflict'),
    ),
  ),
);
const simulated = merged(
  fc.constant({ connector: 'simulated', capabilities: ['code'] }),
  optional(fc.constantFrom<unknown>('1s', { min: '1s', max: '2s' }, { median: '1s', p90: '1m' }), 'latency'),
  optional(data, 'output'),
  optional(fc.constant(['failed', 'succeeded']), 'script'),
  optional(fc.constantFrom(0, 0.5, 1), 'successRate'),
  optional(fc.constantFrom({}, { tokens: 5 }, { tokens: 5, costUsd: 0.1 }), 'usage'),
  optional(fc.integer({ min: 1, max: 5 }), 'maxConcurrent'),
);

/** Plan files that are valid, using every key. Task i may need the tasks before it. */
const planFile = fc
  .record({
    rest: merged(
      optional(fc.string(), 'description'),
      optional(fc.integer({ min: 1, max: 50 }), 'concurrency'),
      optional(durations, 'timeout'),
      optional(
        merged(optional(durations, 'timeout'), optional(retry, 'retry'), optional(policy, 'onFailure')),
        'defaults',
      ),
      optional(fc.constant({ result: '${{ tasks.t0.output }}' }), 'outputs'),
    ),
    worker: simulated,
    tasks: fc.array(fc.tuple(task, fc.array(fc.nat(9), { maxLength: 3 })), { minLength: 1, maxLength: 6 }),
  })
  .map(({ rest, worker, tasks }) => ({
    version: 1,
    name: 'p',
    inputs: {
      i: { type: 'string', default: 'x', enum: ['x', 'y'], pattern: '^[xy]$' },
      l: { type: 'array', required: true },
      n: { type: 'number', minimum: 1, maximum: 2 },
    },
    agents: {
      worker,
      'a2a-agent': { connector: 'a2a', url: 'https://example.org', protocolVersion: '0.3', tenant: 'kitchen' },
      'http-agent': { connector: 'http', url: 'https://example.org', headers: { accept: 'x' }, capabilities: ['code'] },
      spare: { connector: 'command', command: ['true'], cwd: 'x', env: { A: 'b' }, stdin: 'text', output: 'text' },
    },
    ...rest,
    tasks: Object.fromEntries(
      tasks.map(([fields, needs], index) => [
        `t${index}`,
        { ...fields, needs: [...new Set(needs.filter((need) => need < index).map((need) => `t${need}`))] },
      ]),
    ),
  }));

function shuffleKeys(value: Json, swap: (length: number) => number): Json {
  if (Array.isArray(value)) return value.map((member) => shuffleKeys(member, swap));
  if (value === null || typeof value !== 'object') return value;
  const keys = Object.keys(value);
  for (let index = keys.length - 1; index > 0; index--) {
    const other = swap(index + 1);
    [keys[index], keys[other]] = [keys[other] as string, keys[index] as string];
  }
  return Object.fromEntries(keys.map((key) => [key, shuffleKeys(value[key] ?? null, swap)]));
}

describe('the canonical form of a plan', () => {
  it('is read back as the same plan, and is its own canonical form', () => {
    fc.assert(
      fc.property(planFile, (file) => {
        const plan = planFileSchema.parse(file);
        expect(validatePlan(plan).issues).toEqual([]);
        const { canonical, hash } = canonicalPlan(plan);
        const again = parseCanonicalPlan(canonical);
        expect(again).toStrictEqual(plan);
        expect(canonicalPlan(again)).toEqual({ canonical, hash });
        expect(outlineOf(again)).toEqual(outlineOf(plan));
      }),
      { numRuns: 150 },
    );
  });

  it('does not depend on the order of keys, nor on whether the file is YAML or JSON', async () => {
    await fc.assert(
      fc.asyncProperty(planFile, fc.infiniteStream(fc.nat(1_000)), async (file, numbers) => {
        const json = JSON.parse(JSON.stringify(file)) as Json;
        const shuffled = shuffleKeys(json, (length) => (numbers.next().value as number) % length);
        const read = async (text: string): Promise<string> =>
          requirePlan(await readPlan({ file: 'p', text }, filesOf({}))).hash;
        expect(await read(JSON.stringify(shuffled, null, 2))).toBe(await read(JSON.stringify(json)));
      }),
      { numRuns: 60 },
    );
  });

  it('is the same for the text that people are given to edit', async () => {
    await fc.assert(
      fc.asyncProperty(planFile, async (file) => {
        const plan = planFileSchema.parse(file);
        const read = await readPlan({ file: 'p', text: planFileText(plan) }, filesOf({}));
        expect(requirePlan(read).hash).toBe(canonicalPlan(plan).hash);
      }),
      { numRuns: 150 },
    );
  });

  it('can itself be read as a plan file', async () => {
    await fc.assert(
      fc.asyncProperty(planFile, async (file) => {
        const { canonical, hash } = canonicalPlan(planFileSchema.parse(file));
        expect(requirePlan(await readPlan({ file: 'p.json', text: canonical }, filesOf({}))).hash).toBe(hash);
      }),
      { numRuns: 60 },
    );
  });

  it('writes out what a later version might have other defaults for', async () => {
    const plan = await planOf('version: 1\nname: p\ntasks: { t: { run: [ls] } }');
    expect(JSON.parse(canonicalPlan(plan).canonical)).toEqual({
      version: 1,
      name: 'p',
      inputs: {},
      concurrency: 10,
      agents: {},
      outputs: {},
      tasks: {
        t: {
          needs: [],
          run: ['ls'],
          output: 'lines',
          priority: 3,
          timeout: '30m',
          retry: { attempts: 3, initialInterval: '1s', backoff: 2, maxInterval: '1m', jitter: 0.2 },
          onFailure: 'fail',
          onBudget: 'fail',
        },
      },
    });
  });

  it('is different for plans that differ in any value', async () => {
    const texts = [
      '[ls]',
      '[ls, -l]',
      '[ls, -l], output: text',
      '[ls, -l], priority: 2',
      '[ls, -l], needs: []',
      '[ls, -l], priority: 3',
    ];
    const hashes = await Promise.all(
      texts.map(async (run) => canonicalPlan(await planOf(`version: 1\nname: p\ntasks: { t: { run: ${run} } }`)).hash),
    );
    expect(new Set(hashes).size).toBe(4);
    for (const hash of hashes) expect(hash).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('canonical JSON', () => {
  it('is JSON of the same value, with the keys of every object in order', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = JSON.parse(JSON.stringify(value)) as Json;
        expect(JSON.parse(canonicalJson(json))).toEqual(json);
      }),
    );
    expect(canonicalJson({ b: 1, a: [{ '10': 1, '9': 2 }], ['__proto__']: null })).toBe(
      '{"__proto__":null,"a":[{"10":1,"9":2}],"b":1}',
    );
  });
});

describe('the types of the plan file', () => {
  it('know what can be written', () => {
    const file: PlanFile = {
      version: 1,
      name: 'p',
      tasks: { t: { plan: { version: 1, name: 'q', tasks: { x: { run: ['ls'] } } } } },
    };
    // @ts-expect-error a task has no such key
    const faulty: PlanFile = { version: 1, name: 'p', tasks: { t: { runs: ['ls'] } } };
    expect([planFileSchema.safeParse(file).success, planFileSchema.safeParse(faulty).success]).toEqual([true, false]);
  });
});
