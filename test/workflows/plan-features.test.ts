import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';

let installation: TestInstallation;

beforeAll(async () => {
  installation = await openTestInstallation();
  await installation.startWorkers();
});
afterAll(() => installation.close());

/** Runs the plan to its end; gives status, outputs, error and the runs by key. */
async function run(plan: string, options: Parameters<TestInstallation['start']>[1] = {}) {
  const session = await installation.start(plan, options);
  const { status, outputs, error } = await session.result();
  const runs = new Map((await session.runs()).map((row) => [row.run, row]));
  return { session, status, outputs, error, runs };
}

const agents = `
agents:
  ok: { connector: simulated, latency: 1ms, output: { ok: true } }
  broken: { connector: simulated, latency: 1ms, script: [failed] }
  flaky: { connector: simulated, latency: 1ms, script: [failed, rate_limited, succeeded], output: 7 }
  echo: { connector: simulated, latency: 1ms, output: "\${{ item }}" }
defaults: { retry: { attempts: 3, initialInterval: 1ms, maxInterval: 5ms } }
`;

it('passes outputs downstream and renders the outputs of the plan', async () => {
  const { status, outputs, runs } = await run(`
version: 1
name: outputs
${agents}
inputs: { who: { type: string, default: you } }
tasks:
  first: { agent: ok }
  second: { needs: [first], agent: ok, if: "tasks.first.output.ok == true" }
outputs: { first: "\${{ tasks.first.output }}", greeting: "Hello \${{ inputs.who }}" }
`);
  expect(status).toBe('succeeded');
  expect(outputs).toEqual({ first: { ok: true }, greeting: 'Hello you' });
  expect(runs.get('second')).toMatchObject({ status: 'succeeded', attempts: 1, agent: 'ok' });
});

it('retries a failing task until it succeeds', async () => {
  const { status, runs } = await run(`
version: 1
name: retries
${agents}
tasks: { flaky: { agent: flaky } }
`);
  expect(status).toBe('succeeded');
  expect(runs.get('flaky')).toMatchObject({ status: 'succeeded', attempts: 3 });
});

it('skips what depends on a failure and keeps the rest', async () => {
  const { status, runs, error } = await run(`
version: 1
name: isolation
${agents}
tasks:
  bad: { agent: broken, onFailure: skip-dependents, retry: { attempts: 1 } }
  after: { needs: [bad], agent: ok }
  tolerant: { agent: broken, onFailure: continue, retry: { attempts: 1 } }
  reads: { needs: [tolerant], agent: ok, if: "tasks.tolerant.status == 'failed'" }
  never: { agent: ok, if: "1 > 2" }
  behind: { needs: [never], agent: ok }
`);
  expect(status).toBe('partially_succeeded');
  expect(error).toBe('Tasks bad, tolerant failed.');
  expect(runs.get('after')).toMatchObject({ status: 'skipped', reason: 'need', attempts: 0 });
  expect(runs.get('reads')).toMatchObject({ status: 'succeeded' });
  expect(runs.get('never')).toMatchObject({ status: 'skipped', reason: 'condition' });
  expect(runs.get('behind')).toMatchObject({ status: 'succeeded' });
  expect(runs.get('bad')?.error).toMatch(/failed/);
});

it('hands a task to its fallback agent when the retries are used up', async () => {
  const { status, runs } = await run(`
version: 1
name: fallback
${agents}
tasks: { work: { agent: broken, retry: { attempts: 2 }, onFailure: { fallback: ok } } }
`);
  expect(status).toBe('succeeded');
  expect(runs.get('work')).toMatchObject({ agent: 'ok', attempts: 3 });
});

it('fans out over the output of another task and collects the results in order', async () => {
  const { status, outputs, runs } = await run(`
version: 1
name: fan-out
${agents}
tasks:
  list: { run: [node, -e, "console.log(JSON.stringify(['a','b','c']))"], output: json }
  each: { needs: [list], forEach: "\${{ tasks.list.output }}", agent: echo, maxParallel: 2 }
  none: { forEach: [], agent: echo }
outputs: { each: "\${{ tasks.each.output }}", none: "\${{ tasks.none.output }}" }
`);
  expect(status).toBe('succeeded');
  expect(outputs).toEqual({ each: ['a', 'b', 'c'], none: [] });
  expect(runs.get('each[2]')).toMatchObject({ status: 'succeeded', item: 2 });
});

it('fails a task whose gate does not pass, after its retries', async () => {
  const { status, runs } = await run(`
version: 1
name: gate
${agents}
tasks: { work: { agent: ok, gate: { check: "output.ok == false" }, retry: { attempts: 2 } } }
`);
  expect(status).toBe('failed');
  expect(runs.get('work')).toMatchObject({ status: 'failed', attempts: 2 });
  expect(runs.get('work')?.error).toContain('output.ok == false');
});

it('fails a task whose condition cannot be evaluated, with the reason', async () => {
  const { status, runs } = await run(`
version: 1
name: bad-condition
${agents}
tasks:
  first: { agent: ok }
  second: { needs: [first], agent: ok, if: "tasks.first.output.missing.deeper > 1" }
`);
  expect(status).toBe('failed');
  expect(runs.get('second')).toMatchObject({ status: 'failed', reason: 'evaluation', attempts: 0 });
  expect(runs.get('second')?.error).toMatch(/missing/);
});

it('runs a sub-plan as a child session and takes over its outputs', async () => {
  const { session, status, outputs } = await run(
    `
version: 1
name: parent
${agents}
tasks:
  first: { agent: ok }
  review: { needs: [first], plan: ./child.plan.yaml, inputs: { flag: "\${{ tasks.first.output.ok }}" } }
outputs: { flag: "\${{ tasks.review.output.flag }}" }
`,
    {
      files: {
        'child.plan.yaml': `
version: 1
name: child
inputs: { flag: { type: boolean, required: true } }
agents: { ok: { connector: simulated, latency: 1ms } }
tasks: { only: { agent: ok } }
outputs: { flag: "\${{ inputs.flag }}" }
`,
      },
    },
  );
  expect(status).toBe('succeeded');
  expect(outputs).toEqual({ flag: true });
  const child = await installation.client.get(`${session.id}.review`);
  expect(await child.overview()).toMatchObject({ status: 'succeeded', parentSession: session.id, planName: 'child' });
});

it('ends a session at its timeout and stops what runs', async () => {
  const { status, error, runs } = await run(`
version: 1
name: session-timeout
timeout: 300ms
agents: { slow: { connector: simulated, latency: 1h } }
tasks: { slow: { agent: slow } }
`);
  expect(status).toBe('failed');
  expect(error).toContain('timeout');
  expect(runs.get('slow')).toMatchObject({ status: 'cancelled', reason: 'session-timeout' });
});

it('times an attempt out and tries again', async () => {
  const { runs } = await run(`
version: 1
name: attempt-timeout
agents: { slow: { connector: simulated, latency: 1h } }
tasks: { slow: { agent: slow, timeout: 100ms, retry: { attempts: 2, initialInterval: 1ms } } }
`);
  expect(runs.get('slow')).toMatchObject({ status: 'failed', attempts: 2 });
  expect(runs.get('slow')?.error).toContain('timeout of 100ms');
});
