import fc from 'fast-check';
import { readPlan } from '../../../src/contracts/schemas/read-plan';
import { filesOf, issuesIn } from './read-plan-text';

const plan = (tasks: string, more = ''): string =>
  `version: 1\nname: p\nagents: { a: { connector: simulated, capabilities: [code], technologies: [node] }, b: { connector: simulated } }\n${more}\ntasks:\n${tasks
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')}\n`;

describe('what a plan needs of the registry', () => {
  it.each([
    [
      'x: { agent: { capability: code, technologies: [rust], tags: [fast] } }',
      'tasks.x.agent: no agent of the plan with capability "code" has all of: rust, fast',
      { capability: 'code', technologies: ['rust'], tags: ['fast'], prefer: [], avoid: [] },
    ],
    [
      'x: { agent: { capability: paint } }',
      'tasks.x.agent: no agent of the plan has capability "paint"',
      { capability: 'paint', technologies: [], tags: [], prefer: [], avoid: [] },
    ],
    [
      'x: { agent: { capability: code, prefer: [c] } }',
      'tasks.x.agent.prefer[0]: the plan has no agent "c"',
      { name: 'c' },
    ],
    [
      'x: { agent: { capability: code, avoid: [d] } }',
      'tasks.x.agent.avoid[0]: the plan has no agent "d"',
      { name: 'd' },
    ],
    [
      'x: { agent: a, onFailure: { fallback: c } }',
      'tasks.x.onFailure.fallback: the plan has no agent "c"',
      { name: 'c' },
    ],
  ])('is named for %s', async (tasks, message, choice) => {
    const reading = await readPlan({ file: 'p.plan.yaml', text: plan(tasks) }, filesOf({}));
    expect(reading.plan && reading.needs).toMatchObject([
      {
        file: 'p.plan.yaml',
        line: 6,
        column: expect.any(Number) as number,
        message: expect.stringContaining(message) as string,
        choice,
      },
    ]);
  });

  it('is named once where a sub-plan of its own file needs it', async () => {
    const text = 'version: 1\nname: p\ntasks:\n  x: { plan: sub.plan.yaml }\n';
    const files = filesOf({ 'sub.plan.yaml': 'version: 1\nname: s\ntasks:\n  y: { agent: writer }\n' });
    const reading = await readPlan({ file: 'p.plan.yaml', text }, files);
    expect(reading.plan && reading.needs).toMatchObject([
      { file: 'sub.plan.yaml', line: 4, choice: { name: 'writer' } },
    ]);
  });
});

describe('what a plan means', () => {
  it.each([
    [
      'x: { agent: a, needs: [y] }\ny: { agent: a, needs: [z] }\nz: { agent: a, needs: [x] }',
      '',
      'tasks wait for each other: x → y → z → x',
    ],
    ['x: { agent: a, needs: [x] }', '', 'tasks wait for each other: x → x'],
    ['x: { agent: a }\ny: { agent: a, needs: [x, x] }', '', 'tasks.y.needs[1]: "x" is listed twice'],
    ['x: { agent: a }\ny: { agent: a, needs: [X] }', '', 'there is no task "X" (did you mean "x"?)'],
    ['x: { agent: a, onFailure: { fallback: a } }', '', '"a" is already the agent of the task'],
    ['x: { agent: a, prompt: "${{ tasks.x.output }}" }', '', 'refers to its own task'],
    [
      'x: { agent: a, prompt: "${{ tasks.y.output }}" }\ny: { agent: a, needs: [x] }',
      '',
      'task "y" runs after "x", so its output cannot be used here',
    ],
    [
      'x: { agent: a, input: { deep: ["${{ tasks.y.error }}"] } }\ny: { agent: a }',
      '',
      'tasks.x.input.deep[0]: "tasks.y.error": task "y" does not end before "x" starts: add "y" to the needs of "x"',
    ],
    [
      'x: { agent: a, if: "tasks.y.status == \'failed\'" }\ny: { agent: a }',
      '',
      'tasks.x.if: "tasks.y.status": task "y" does not end before "x" starts',
    ],
    [
      'x: { agent: a, gate: { check: "tasks.y.output == 1" } }\ny: { agent: a }',
      '',
      'tasks.x.gate.check: "tasks.y.output": task "y" does not end before',
    ],
    ['x: { agent: a, if: "output.ok" }', '', 'output is known only in "gate"'],
    ['x: { agent: a, prompt: "${{ item }}" }', '', 'item is known only where a task with forEach runs its items'],
    ['x: { agent: a, forEach: [1], if: "index == 0" }', '', 'tasks.x.if: "index": index is known only where'],
    ['x: { agent: a, forEach: "${{ item }}" }', '', 'tasks.x.forEach: "item": item is known only where'],
    [
      'x: { agent: a, forEach: "${{ inputs.n }}" }',
      'inputs: { n: { type: number } }',
      'needs a list, and ${{ inputs.n }} is of type number',
    ],
    ['x: { agent: a, forEach: "all of ${{ inputs.l }}" }', 'inputs: { l: { type: array } }', 'is of type string'],
    ['x: { agent: a, forEach: plain }', '', 'tasks.x.forEach: needs a list, and plain is of type string'],
    ['x: { agent: a, if: "tasks[inputs.n].output == 1" }', 'inputs: { n: { type: string } }', 'names no task'],
    ['x: { agent: a, if: "size(tasks) > 0" }', '', 'names no task'],
    ['x: { agent: a, if: "1 + 1" }', '', 'comes to a value of type int'],
    [
      'x: { run: [echo, "${{ inputs.nam }}"] }',
      'inputs: { name: { type: string } }',
      'tasks.x.run[1]: "inputs.nam": the plan has no input "nam" (did you mean "name"?)',
    ],
    [
      'x: { agent: a }',
      'outputs: { o: "${{ tasks.y.output }}" }',
      'outputs.o: "tasks.y.output": there is no task "y" (did you mean "x"?)',
    ],
    ['x: { agent: a }', 'outputs: { o: "${{ item }}" }', 'outputs.o: "item": item is known only'],
    [
      'x: { agent: a }',
      'inputs: { i: { type: number, minimum: 3, maximum: 1 } }',
      'inputs.i.minimum: is above the maximum (3 > 1)',
    ],
    [
      'x: { agent: a }',
      'inputs: { i: { type: number, default: 0, minimum: 3 } }',
      'inputs.i.default: must be at least 3',
    ],
    [
      'x: { agent: a }',
      'inputs: { i: { type: string, minimum: 3 } }',
      'inputs.i.minimum: is for numbers, and the input is of type string',
    ],
    [
      'x: { agent: a }',
      'inputs: { i: { type: array, pattern: x } }',
      'inputs.i.pattern: is for strings, and the input is of type array',
    ],
    ['x: { agent: a }', 'inputs: { i: { type: string, pattern: "(?=x)" } }', 'cannot be read'],
    [
      'x: { agent: a }',
      `inputs: { i: { type: string, pattern: ${'x'.repeat(501)} } }`,
      'has 501 characters, at most 500 are allowed',
    ],
    [
      'x: { agent: a }',
      'inputs: { i: { type: string, pattern: ^a$, default: b } }',
      'inputs.i.default: does not match the pattern ^a$',
    ],
    [
      'x: { agent: a }',
      'inputs: { i: { type: string, enum: [a, 1] } }',
      'inputs.i.enum[1]: must be a string, not a number',
    ],
    [
      'x: { agent: a }',
      'inputs: { i: { type: string, enum: [a], default: b } }',
      'inputs.i.default: must be one of "a"',
    ],
    [
      'x: { agent: a }',
      'inputs: { i: { type: string, required: true, default: b } }',
      'an input with a default is never missing',
    ],
    ['x: { agent: a }', 'inputs: { i: { type: string, default: "${{ workspace }}" } }', 'holds no ${{ }} templates'],
  ])('is wrong in %s %s', async (tasks, more, expected) => {
    expect((await issuesIn(plan(tasks, more))).join('\n')).toContain(expected);
  });

  it.each([
    [
      'x: { agent: a }\ny: { agent: a, needs: [x] }\nz: { agent: b, needs: [y], prompt: "${{ tasks.x.output }}", if: "tasks.x.status == \'succeeded\'" }',
      '',
    ],
    [
      'x: { agent: a, forEach: [1, 2], input: "${{ item }} ${{ index }}", gate: { check: "output == item || index > 0" } }',
      '',
    ],
    ['x: { run: [echo, "${{ item }}"], forEach: "${{ inputs.l }}" }', 'inputs: { l: { type: array, default: [a] } }'],
    [
      'x: { agent: { capability: code, technologies: [node] }, onFailure: { fallback: b } }',
      'outputs: { o: ["${{ tasks.x.output.deep }}", "${{ tasks.x.status }}"] }',
    ],
    ['x: { agent: a, prompt: "$${{ nothing }} ${{ session.id }}/${{ workspace }}", input: "${{ inputs }}" }', ''],
  ])('is right in %s %s', async (tasks, more) => {
    expect(await issuesIn(plan(tasks, more))).toEqual([]);
  });
});

describe('templates of an agent', () => {
  const agents = (command: string): string =>
    `version: 1\nname: p\ninputs: { i: { type: string } }\nagents: { a: { connector: command, command: [x, "${command}"] } }\ntasks:\n`;

  it('are checked for each task that it may take', async () => {
    const text = `${agents('${{ tasks.x.output }}')}  x: { run: [ls] }\n  y: { agent: a, needs: [x] }\n  z: { agent: a }\n`;
    expect(await issuesIn(text)).toEqual([
      '4:49: agents.a.command[1]: "tasks.x.output": task "x" does not end before "z" starts: add "x" to the needs of "z"',
    ]);
  });

  it('are checked for their form when no task uses it', async () => {
    expect(await issuesIn(`${agents('${{ inputs.j }} ${{ item }}')}  x: { run: [ls] }\n`)).toEqual([
      '4:49: agents.a.command[1]: "inputs.j": the plan has no input "j" (did you mean "i"?)',
    ]);
  });
});

describe('the limits of a plan', () => {
  const many = (count: number, needs: (index: number) => string): string =>
    `version: 1\nname: p\ntasks:\n${Array.from({ length: count }, (_, index) => `  t${index}: { run: [ls], needs: [${needs(index)}] }`).join('\n')}\n`;

  it('are 10,000 tasks', async () => {
    expect(await issuesIn(many(10_001, () => ''))).toEqual([
      expect.stringContaining('the plan has 10001 tasks, sub-plans and racers included; at most 10000 are allowed'),
    ]);
  });

  it('are 100,000 needs', async () => {
    const issues = await issuesIn(
      many(1_500, (index) =>
        Array.from({ length: Math.min(index, 80) }, (_, need) => `t${index - need - 1}`).join(', '),
      ),
    );
    expect(issues).toEqual([
      expect.stringMatching(/the plan has 116760 needs, sub-plans included; at most 100000 are allowed/),
    ]);
  });

  it('leave room for 5,000 tasks with conditions, templates and needs', async () => {
    const tasks = Array.from({ length: 5_000 }, (_, index) => {
      const needs = [1, 7, 60]
        .map((step) => index - step)
        .filter((need) => need >= 0)
        .map((need) => `t${need}`);
      const use =
        needs[0] === undefined
          ? ''
          : `, if: "tasks.${needs[0]}.output != null", prompt: "\${{ tasks.${needs[0]}.output }}"`;
      return `  t${index}: { agent: { capability: code }, needs: [${needs.join(', ')}]${use} }`;
    });
    const text = `version: 1\nname: p\nagents: { a: { connector: simulated, capabilities: [code] } }\ntasks:\n${tasks.join('\n')}\n`;
    const { issues, plan: read } = await readPlan({ file: 'p', text }, filesOf({}));
    expect(issues).toEqual([]);
    expect(Object.keys(read?.tasks ?? {})).toHaveLength(5_000);
  });
});

describe('random plans', () => {
  const size = 12;
  const edges = fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 25 });
  const write = (pairs: (readonly [number, number])[]): string => {
    const needs = Array.from({ length: size }, (_, index) => [
      ...new Set(pairs.filter(([from]) => from === index).map(([, to]) => `t${to}`)),
    ]);
    const tasks = needs.map((list, index) => {
      const prompt = list.map((need) => `\${{ tasks.${need}.output }}`).join(' ');
      return `t${index}: { agent: a, needs: [${list.join(', ')}], prompt: "${prompt}" }`;
    });
    return plan(tasks.join('\n'));
  };

  it('are valid when needs point backwards only', async () => {
    await fc.assert(
      fc.asyncProperty(edges, async (pairs) => {
        expect(await issuesIn(write(pairs.filter(([from, to]) => from > to)))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('are refused with one cycle and nothing else when one need closes a circle', async () => {
    await fc.assert(
      fc.asyncProperty(edges, fc.nat(size - 2), async (pairs, start) => {
        const backwards = pairs.filter(([from, to]) => from > to);
        const issues = await issuesIn(write([...backwards, [size - 1, start] as const, [start, size - 1] as const]));
        expect(issues).toHaveLength(1);
        expect(issues[0]).toContain('tasks wait for each other');
      }),
      { numRuns: 60 },
    );
  });
});
