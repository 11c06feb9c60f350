import { readPlan, requirePlan } from '../../../src/contracts/schemas/read-plan';
import type { AgentWork } from '../../../src/domain/plan/plan';
import { filesOf, issuesIn, planOf } from './read-plan-text';

/** The example of the contract. */
const example = `
# yaml-language-server: $schema=./.orchestra/plan.schema.json
version: 1
name: fix-and-review
description: Find a bug, fix it, review the fix
inputs:
  issue: { type: string, required: true, description: What is wrong }
  repo: { type: string, default: . }
  depth: { type: number, default: 2 }
concurrency: 5
timeout: 2h
defaults:
  timeout: 20m
  retry: { attempts: 3, initialInterval: 1s, backoff: 2, maxInterval: 1m, jitter: 0.2 }
  onFailure: fail
agents:
  researcher: { connector: command, command: [node, agents/research.mjs], capabilities: [research] }
  writer:     { connector: http, url: "https://agents.example/write", capabilities: [code.write], maxConcurrent: 2 }
  rehearsal:  { connector: simulated, latency: 200ms, output: { ok: true } }
tasks:
  research:
    agent: researcher
    prompt: Find the cause of \${{ inputs.issue }}
  list:
    run: [git, -C, "\${{ inputs.repo }}", ls-files]
    output: lines
  fix:
    needs: [research]
    agent: { capability: code.write, prefer: [writer] }
    input: { cause: "\${{ tasks.research.output.cause }}" }
    if: tasks.research.output.confidence > 0.5
    priority: 2
    taskTimeout: 1h
    gate: { check: "output.failed == 0", onFailure: retry }
  each:
    needs: [list]
    forEach: \${{ tasks.list.output }}
    maxParallel: 10
    agent: rehearsal
    input: { file: "\${{ item }}" }
  review:
    needs: [fix, each]
    plan: ./review.plan.yaml
    inputs: { cause: "\${{ tasks.research.output.cause }}" }
    onFailure: { fallback: rehearsal }
outputs:
  cause: \${{ tasks.research.output.cause }}
`;
const review = `
version: 1
name: review
inputs: { cause: { type: string, required: true } }
tasks: { look: { run: [echo, "\${{ inputs.cause }}"] } }
`;

describe('the example of the contract', () => {
  it('becomes a plan with durations in milliseconds, defaults merged and shorthands expanded', async () => {
    const plan = await planOf(example, { 'review.plan.yaml': review });
    expect(plan.timeoutMs).toBe(7_200_000);
    expect(plan.agents['run:list']).toEqual({
      connector: 'command',
      command: ['git', '-C', '${{ inputs.repo }}', 'ls-files'],
      env: [],
      stdin: 'none',
      output: 'lines',
      capabilities: [],
      technologies: [],
      tags: [],
    });
    expect(plan.tasks['list']?.work).toEqual({ kind: 'agent', agent: { name: 'run:list' } });
    expect(plan.tasks['fix']).toEqual({
      needs: ['research'],
      work: {
        kind: 'agent',
        agent: { capability: 'code.write', technologies: [], tags: [], prefer: ['writer'], avoid: [] },
        input: { cause: '${{ tasks.research.output.cause }}' },
      },
      condition: 'tasks.research.output.confidence > 0.5',
      priority: 2,
      timeoutMs: 1_200_000,
      taskTimeoutMs: 3_600_000,
      retry: { attempts: 3, initialIntervalMs: 1_000, backoff: 2, maxIntervalMs: 60_000, jitter: 0.2 },
      onFailure: 'fail',
      onBudget: 'fail',
      gate: { check: 'output.failed == 0', onFailure: 'retry' },
    });
    expect(plan.tasks['review']).toMatchObject({
      work: { kind: 'plan', plan: { name: 'review' }, directory: '.' },
      onFailure: 'fail',
      fallback: 'rehearsal',
    });
    expect(plan.agents['rehearsal']).toMatchObject({ latency: { kind: 'fixed', ms: 200 }, successRate: 1 });
  });

  it('names the folder that its relative paths start from', async () => {
    const reading = await readPlan(
      { file: 'plans/a.plan.yaml' },
      filesOf({ 'plans/a.plan.yaml': example, 'plans/review.plan.yaml': review }),
    );
    expect(requirePlan(reading).baseDirectory).toBe('plans');
  });
});

describe('what a plan does not say', () => {
  const minimal = 'version: 1\nname: p\nagents: { a: { connector: simulated } }\ntasks:\n  t: { agent: a';

  it('is ten running tasks, three attempts of half an hour, and failing as a whole', async () => {
    const plan = await planOf(`${minimal} }`);
    expect(plan).toMatchObject({ concurrency: 10, inputs: {}, outputs: {} });
    expect(plan.timeoutMs).toBeUndefined();
    expect(plan.tasks['t']).toEqual({
      needs: [],
      work: { kind: 'agent', agent: { name: 'a' } },
      priority: 3,
      timeoutMs: 1_800_000,
      retry: { attempts: 3, initialIntervalMs: 1_000, backoff: 2, maxIntervalMs: 60_000, jitter: 0.2 },
      onFailure: 'fail',
      onBudget: 'fail',
    });
  });

  it('is taken from "defaults" key by key', async () => {
    const plan = await planOf(
      `${minimal}, retry: { attempts: 7 } }\ndefaults: { timeout: 5s, retry: { attempts: 2, jitter: 0 }, onFailure: continue }`,
    );
    expect(plan.tasks['t']).toMatchObject({
      timeoutMs: 5_000,
      retry: { attempts: 7, jitter: 0, backoff: 2 },
      onFailure: 'continue',
    });
  });

  it('is, after a fallback, what "defaults" or "then" say', async () => {
    const other = '\nagents: { a: { connector: simulated }, b: { connector: simulated } }\nversion: 1\nname: p\n';
    const inherited = await planOf(
      `${other}defaults: { onFailure: continue }\ntasks: { t: { agent: a, onFailure: { fallback: b } } }`,
    );
    expect(inherited.tasks['t']).toMatchObject({ onFailure: 'continue', fallback: 'b' });
    const own = await planOf(`${other}tasks: { t: { agent: a, onFailure: { fallback: b, then: skip-dependents } } }`);
    expect(own.tasks['t']).toMatchObject({ onFailure: 'skip-dependents', fallback: 'b' });
  });

  it('is, for a sub-plan, one attempt as long as its own timeout', async () => {
    const plan = await planOf('version: 1\nname: p\ntasks: { a: { plan: s.yaml }, b: { plan: l.yaml } }', {
      's.yaml': 'version: 1\nname: s\ntimeout: 3h\ntasks: { x: { run: [ls] } }',
      'l.yaml': 'version: 1\nname: l\ntasks: { x: { run: [ls] } }',
    });
    expect(plan.tasks['a']).toMatchObject({ timeoutMs: 3 * 3_600_000, retry: { attempts: 1 } });
    expect(plan.tasks['b']).toMatchObject({ timeoutMs: 7 * 86_400_000, retry: { attempts: 1 } });
  });
});

describe('JSON', () => {
  it('is a plan file too', async () => {
    const written = { version: 1, name: 'p', tasks: { t: { run: ['ls'], output: 'text' } } };
    const plan = await planOf(JSON.stringify(written, null, '\t'));
    expect((plan.tasks['t']?.work as AgentWork).agent).toEqual({ name: 'run:t' });
  });
});

describe('issues', () => {
  it('are all found at once, in the order of the file, with what was probably meant', async () => {
    const text = `version: 1
name: two words
concurency: 3
inputs:
  n: { type: number, default: abc }
agents:
  w: { connector: comand, command: [x] }
  s: { connector: simulated, capabilities: [code.write], latency: 5 }
tasks:
  a: { agent: s, needs: [b], timeout: 5 }
  b: { agent: s, needs: [a] }
  c:
    agent: { capability: code.writ }
    prompt: \${{ tasks.d.output }} \${{ inputs.m }}
  d: { run: [sleep, 5], input: 3 }
  e: { agent: ss, if: "tasks.b.output >", needs: [dd] }
  g-h: { agent: s }
  i: { plan: ./nope.yaml }
  k: { agent: s, onFailure: contine, constructor: 1 }
outputs:
  x: \${{ tasks.zz.output }}
  x: 2
`;
    expect(await issuesIn(text)).toEqual([
      '2:7: name: must be letters, digits, "-", "_" and ".", at most 63 characters',
      '3:1: concurency: unknown key "concurency" (did you mean "concurrency"?)',
      '5:31: inputs.n.default: must be a number, not a string',
      '7:19: agents.w.connector: must be one of command, http, a2a, function, simulated (did you mean "command"?)',
      expect.stringMatching(/^8:67: agents\.s\.latency: must be a duration such as/),
      '10:18: tasks.a.needs: tasks wait for each other: a → b → a; remove one of these needs',
      '10:39: tasks.a.timeout: must be a duration such as 500ms, 10s, 20m, 2h or 1d',
      '13:5: tasks.c.agent: no agent of the plan has capability "code.writ" (did you mean "code.write"?): give it to one under "agents", or register one that has it',
      '14:13: tasks.c.prompt: "tasks.d.output": task "d" does not end before "c" starts: add "d" to the needs of "c"',
      '14:13: tasks.c.prompt: "inputs.m": the plan has no input "m" (did you mean "n"?)',
      '15:21: tasks.d.run[1]: must be a text, not a number: put it in quotes',
      '16:15: tasks.e.agent: the plan has no agent "ss" (did you mean "s"?)',
      '16:23: tasks.e.if: condition, character 17: something is missing at the end',
      '16:51: tasks.e.needs[0]: there is no task "dd" (did you mean "d"?)',
      '17:3: tasks.g-h: the name "g-h" must be letters, digits and "_", not begin with a digit, and have at most 63 characters',
      '18:14: tasks.i.plan: sub-plan "./nope.yaml" cannot be read: no such file: nope.yaml',
      '19:29: tasks.k.onFailure: must be one of fail, continue, skip-dependents (did you mean "continue"?)',
      '19:38: the key "constructor" is reserved by JavaScript: choose another name',
      '22:3: the key "x" is there twice',
    ]);
  });

  it.each([
    ['name: p\ntasks: { t: { run: [ls] } }', '1:1: version: must be 1, the version of this format'],
    ['version: 2\nname: p\ntasks: { t: { run: [ls] } }', '1:10: version: must be 1, the version of this format'],
    ['version: 1\nname: p\ntasks: {}', '3:1: tasks: the plan has no tasks: add one'],
    ['version: 1\nname: p', '1:1: tasks: is missing'],
    [
      'version: 1\nname: p\ntasks: { a-b: { run: [ls] } }',
      '3:10: tasks.a-b: the name "a-b" must be letters, digits and "_", not begin with a digit, and have at most 63 characters',
    ],
    [
      'version: 1\nname: p\n---\nversion: 1',
      '3:1: a second document begins here: a file holds one plan, so put the other into a file of its own',
    ],
    [
      'version: 1\nname: p\ntasks: { t: {} }',
      '3:10: tasks.t: needs one of "agent", "run", "transform" or "plan": who does the task?',
    ],
    [
      'version: 1\nname: p\ntasks: { t: { run: [ls], agent: x } }',
      '3:15: tasks.t.run: a task has only one of "agent", "run", "transform" and "plan", not agent and run',
    ],
    [
      'version: 1\nname: p\ntasks: { t: { run: [ls], remember: true } }',
      '3:36: tasks.t.remember: belongs to a task with "agent": only agents of the registry have memories',
    ],
    [
      'version: 1\nname: p\ntasks: { t: { run: [ls], prompt: x } }',
      '3:34: tasks.t.prompt: belongs to a task with "agent": a program takes its arguments, a sub-plan its "inputs"',
    ],
    [
      'version: 1\nname: p\ntasks: { t: { run: [ls], maxParallel: 2 } }',
      '3:39: tasks.t.maxParallel: belongs to a task with "forEach"',
    ],
    ['version: 1\nname: p\ntasks: { t: { run: [ls], priority: 9 } }', '3:36: tasks.t.priority: must be at most 5'],
    ['version: 1\nname: p\ntasks: { t: { run: [ls], timeout: 0s } }', '3:35: tasks.t.timeout: must be at least 1ms'],
    ['version: 1\nname: p\ntasks: { t: { run: [ls], timeout: 400d } }', '3:35: tasks.t.timeout: is longer than a year'],
    ['version: 1\nname: p\ntasks: { t: { run: [] } }', '3:15: tasks.t.run: must name the program to run'],
    [
      'version: 1\nname: p\nagents: { f: { connector: function } }\ntasks: { t: { agent: f } }',
      '3:11: agents.f.module: must name the file and the function, ./tools.mjs#resize; a function of a running program is an agent of the registry',
    ],
    [
      'version: 1\nname: p\nagents: { f: { connector: function, module: "resize" } }\ntasks: { t: { agent: f } }',
      '3:45: agents.f.module: must be a file and an export of it: ./tools.mjs#resize',
    ],
    ['- a\n- b', '1:1: is no plan: a plan is a map that begins with "version: 1"'],
    ['', '1:1: is no plan: a plan is a map that begins with "version: 1"'],
    ['a: b: c', '1:4: Nested mappings are not allowed in compact mappings'],
    ['version: 1\nname: p\ntasks: { t: { agent: !secret x } }', '3:22: Unresolved tag: !secret'],
  ])('say where and what for %j', async (text, expected) => {
    expect(await issuesIn(text)).toContain(expected);
  });

  it('are thrown together where a plan is required', async () => {
    const reading = await readPlan({ file: 'x.yaml', text: 'version: 1\nname: a b\ntasks: 3' }, filesOf({}));
    expect(() => requirePlan(reading)).toThrow(
      /x\.yaml:2:7: name: .*\nx\.yaml:3:8: tasks: must be a map of keys and values, not a number$/,
    );
  });

  it('say which file cannot be read', async () => {
    const { issues } = await readPlan({ file: 'gone.yaml' }, filesOf({}));
    expect(issues).toEqual([
      { file: 'gone.yaml', line: 1, column: 1, message: 'cannot be read: no such file: gone.yaml' },
    ]);
  });
});
