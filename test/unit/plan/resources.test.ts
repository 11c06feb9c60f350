import { canonicalPlan } from '../../../src/contracts/schemas/canonical-plan';
import { parseCanonicalPlan } from '../../../src/contracts/schemas/parse-canonical-plan';
import { issuesIn, planOf } from './read-plan-text';

const plan = (keys: string): string => `version: 1
name: p
inputs: { path: { type: string } }
tasks:
  fix:
    run: [make]
    ${keys}
`;

describe('the resources of a task', () => {
  test('are kept with what happens on a conflict, which is to wait', async () => {
    const { tasks } = await planOf(plan('writes: [repo:main, "file:${{ inputs.path }}"]'));
    expect(tasks['fix']?.resources).toEqual({
      writes: ['repo:main', 'file:${{ inputs.path }}'],
      reads: [],
      onConflict: 'wait',
    });
  });

  test('come through the canonical form, which says how conflicts end', async () => {
    const read = await planOf(plan('reads: ["file:src/**"]'));
    const { canonical } = canonicalPlan(read);
    expect(canonical).toContain('"onConflict":"wait"');
    expect(parseCanonicalPlan(canonical)).toEqual(read);
    expect(canonicalPlan(await planOf(plan('output: lines'))).canonical).not.toMatch(/onConflict|writes|reads/);
  });

  test.each([
    ['writes: [src/a.ts]', 'tasks.fix.writes[0]: "src/a.ts" names no kind: write a kind and a name'],
    ['reads: ["file:a", "file:../b"]', 'tasks.fix.reads[1]: "file:../b" holds ".."'],
    ['writes: ["Repo:${{ inputs.path }}"]', 'tasks.fix.writes[0]: the kind of "Repo:x"'],
    ['writes: ["file:${{ item }}"]', 'tasks.fix.writes[0]: "item": item is known only where'],
    [
      'writes: ["file:${{ inputs.nowhere }}"]',
      'tasks.fix.writes[0]: "inputs.nowhere": the plan has no input "nowhere"',
    ],
    ['writes: []', 'tasks.fix.writes: '],
    ['onConflict: refuse', 'tasks.fix.onConflict: belongs to a task with "writes" or "reads"'],
    ['writes: [repo:main]\n    onConflict: maybe', 'tasks.fix.onConflict: '],
    [`writes: [${'repo:main, '.repeat(101)}]`, 'tasks.fix.writes: names at most 100 resources'],
  ])('are refused with their place and what to do: %s', async (keys, message) => {
    expect((await issuesIn(plan(keys))).join('\n')).toContain(message);
  });

  test('may be named as a whole by a template, and are checked when the task starts', async () => {
    expect(await issuesIn(plan('writes: ["${{ inputs.path }}"]'))).toEqual([]);
  });
});
