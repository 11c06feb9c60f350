import { readPlan, requirePlan } from '../../../src/contracts/schemas/read-plan';
import { formatSourceIssue } from '../../../src/contracts/schemas/source-position';
import type { PlanWork } from '../../../src/domain/plan/plan';
import { filesOf, issuesIn, planOf } from './read-plan-text';

const leaf = 'version: 1\nname: leaf\ninputs: { n: { type: number, required: true } }\ntasks: { x: { run: [ls] } }';
const naming = (path: string, inputs = '{}'): string =>
  `version: 1\nname: outer\ntasks:\n  sub: { plan: ${path}, inputs: ${inputs} }\n`;

describe('a sub-plan', () => {
  it('is read relative to the file that names it, at every level, and remembers its folder', async () => {
    const files = {
      'plans/main.yaml': naming('./deep/middle.yaml'),
      'plans/deep/middle.yaml': naming('../../shared/leaf.yaml', '{ n: 1 }'),
      'shared/leaf.yaml': leaf,
    };
    const { plan } = requirePlan(await readPlan({ file: 'plans/main.yaml' }, filesOf(files)));
    const middle = plan.tasks['sub']?.work as PlanWork;
    const inner = middle.plan.tasks['sub']?.work as PlanWork;
    expect([middle.directory, inner.directory, inner.plan.name]).toEqual(['deep', '../../shared', 'leaf']);
  });

  it('has the hash that it has on its own, and changes that of the plan around it', async () => {
    const own = requirePlan(await readPlan({ file: 'leaf.yaml', text: leaf }, filesOf({})));
    const files = { 'main.yaml': naming('leaf.yaml', '{ n: 1 }') };
    const before = requirePlan(await readPlan({ file: 'main.yaml' }, filesOf({ ...files, 'leaf.yaml': leaf })));
    expect((before.plan.tasks['sub']?.work as PlanWork).planHash).toBe(own.hash);
    const after = requirePlan(
      await readPlan({ file: 'main.yaml' }, filesOf({ ...files, 'leaf.yaml': leaf.replace('[ls]', '[pwd]') })),
    );
    expect(after.hash).not.toBe(before.hash);
  });

  it('that is faulty reports its issues in its own file, and the rest of the plan is checked too', async () => {
    const files = {
      'a/main.yaml': `${naming('sub/leaf.yaml')}  other: { run: [ls], needs: [nope] }\n`,
      'a/sub/leaf.yaml': leaf.replace('run: [ls]', 'run: [ls], typo: 1'),
    };
    const { issues } = await readPlan({ file: 'a/main.yaml' }, filesOf(files));
    expect(issues.map(formatSourceIssue)).toEqual([
      'a/sub/leaf.yaml:4:26: tasks.x.typo: unknown key "typo" (did you mean "type"?)',
      'a/main.yaml:5:31: tasks.other.needs[0]: there is no task "nope"',
    ]);
  });

  it.each([
    ['{}', '4:16: tasks.sub.plan: input "n" of plan "leaf": is required'],
    [
      '{ m: 1, n: 1 }',
      '4:37: tasks.sub.inputs.m: input "m" of plan "leaf": the plan has no such input (did you mean "n"?)',
    ],
    ['{ n: text }', '4:40: tasks.sub.inputs.n: input "n" of plan "leaf": must be a number, not a string'],
    [
      '{ n: "no ${{ workspace }}" }',
      '4:40: tasks.sub.inputs.n: input "n" of plan "leaf": must be of type number, and this is of type string',
    ],
    [
      '{ n: "${{ workspace }}" }',
      '4:40: tasks.sub.inputs.n: input "n" of plan "leaf": must be of type number, and this is of type string',
    ],
    [
      '{ n: ["${{ workspace }}"] }',
      '4:37: tasks.sub.inputs.n: input "n" of plan "leaf": must be of type number, and this is of type array',
    ],
  ])('is given the inputs it asks for, not %s', async (inputs, expected) => {
    expect(await issuesIn(naming('leaf.yaml', inputs), { 'leaf.yaml': leaf })).toEqual([expected]);
  });

  it('can be written into the plan instead of a path', async () => {
    const plan = await planOf(
      'version: 1\nname: p\ntasks: { t: { plan: { version: 1, name: q, tasks: { x: { run: [ls] } } } } }',
    );
    expect(plan.tasks['t']?.work).toMatchObject({ kind: 'plan', directory: '.', plan: { name: 'q' } });
    const issues = await issuesIn(
      'version: 1\nname: p\ntasks: { t: { plan: { version: 1, name: q, tasks: { x: { run: [ls], needs: [y] } } } } }',
    );
    expect(issues).toEqual(['3:77: tasks.t.plan.tasks.x.needs[0]: there is no task "y" (did you mean "x"?)']);
  });

  it.each(['/etc/leaf.yaml', 'https://example.org/leaf.yaml', 'file:leaf.yaml'])(
    'is never read from %s',
    async (path) => {
      const read = jest.fn(() => Promise.resolve(leaf));
      const { issues } = await readPlan({ file: 'main.yaml', text: naming(path) }, read);
      expect(issues[0]?.message).toContain('is relative to the file that names it');
      expect(read).not.toHaveBeenCalled();
    },
  );
});

describe('plan files that lead to each other', () => {
  it('are refused with the circle they make', async () => {
    const files = {
      'a.yaml': naming('b/b.yaml'),
      'b/b.yaml': naming('../c.yaml'),
      'c.yaml': naming('./b/../b/b.yaml'),
    };
    const { issues } = await readPlan({ file: './a.yaml' }, filesOf({ ...files, './a.yaml': files['a.yaml'] }));
    expect(issues.map(formatSourceIssue)).toEqual([
      'c.yaml:4:16: tasks.sub.plan: plan files contain each other: b/b.yaml → c.yaml → b/b.yaml',
    ]);
  });

  it('may be eight deep, and no deeper', async () => {
    const chainOf = (length: number): Record<string, string> => ({
      ...Object.fromEntries(
        Array.from({ length: length - 1 }, (_, index) => [`${index}.yaml`, naming(`${index + 1}.yaml`)]),
      ),
      [`${length - 1}.yaml`]: 'version: 1\nname: last\ntasks: { x: { run: [ls] } }',
    });
    expect((await readPlan({ file: '0.yaml' }, filesOf(chainOf(8)))).issues).toEqual([]);
    const { issues } = await readPlan({ file: '0.yaml' }, filesOf(chainOf(9)));
    expect(issues[0]?.message).toContain('at most 8 plans can be inside each other');
  });

  it('may name the same plan many times, but are counted before they are multiplied', async () => {
    const tenTimes = (path: string): string =>
      `version: 1\nname: many\ntasks:\n${Array.from({ length: 10 }, (_, index) => `  t${index}: { plan: ${path} }`).join('\n')}\n`;
    const files = {
      '0.yaml': tenTimes('1.yaml'),
      '1.yaml': tenTimes('2.yaml'),
      '2.yaml': tenTimes('3.yaml'),
      '3.yaml': tenTimes('4.yaml'),
      '4.yaml': tenTimes('5.yaml'),
      '5.yaml': 'version: 1\nname: last\ntasks: { x: { run: [ls] } }',
    };
    const reads: string[] = [];
    const { issues } = await readPlan({ file: '0.yaml' }, (path) => {
      reads.push(path);
      return filesOf(files)(path);
    });
    expect(issues.map(({ message }) => message)).toEqual([expect.stringContaining('at most 10000 are allowed')]);
    expect(new Set(reads).size).toBe(reads.length);
  });
});
