import type { Optimisation } from '../../../src/contracts/ports/optimisation';
import type { StoredProposal } from '../../../src/contracts/ports/proposal-store';
import { installation, run } from './scripted-host';
import type { Ran } from './scripted-host';

const changed = {
  of: 'settings' as const,
  before: { 'weights.successRate': null },
  after: { 'weights.successRate': 0.6 },
};
const weights: StoredProposal = {
  id: '3f9a01bc',
  kind: 'weights',
  says: 'Others succeed more often.',
  change: changed,
  advice: null,
  evidence: { sessions: 60, attempts: 120 },
  effect: { what: 'success rate of an assignment', unit: 'share', estimate: 0.123, low: 0.05, high: 0.2 },
  links: [{ session: 's1', run: 'write', attempt: 1 }],
};
const retries: StoredProposal = { ...weights, id: '00000000', kind: 'retries', change: null, advice: 'Edit the plan.' };
const applied = { nr: 1, proposal: '3f9a01bc', says: weights.says, change: changed, appliedAt: 0, undoneAt: null };

function optimize(args: string[], script: Partial<Optimisation>): Promise<Ran> {
  const server = installation({ optimisation: script as Optimisation });
  return run(['optimize', ...args], { folder: { openRunning: async () => server } });
}

test('proposals are shown with evidence and gain, and how to apply those that can be', async () => {
  const { stdout } = await optimize([], { propose: async () => [weights, retries] });
  expect(stdout).toBe(
    `3f9a01bc  weights: Others succeed more often.
  change: weights.successRate default → 0.6
  gain: 12.3 points (5.0 points to 20.0 points) of the success rate of an assignment
  from 120 attempts in 60 sessions, e.g. s1 write
  apply: orchestra optimize apply 3f9a01bc
00000000  retries: Others succeed more often.
  change: Edit the plan.
  gain: 12.3 points (5.0 points to 20.0 points) of the success rate of an assignment
  from 120 attempts in 60 sessions, e.g. s1 write
`,
  );
  const json = await optimize(['propose', '-o', 'json'], { propose: async () => [weights] });
  expect(JSON.parse(json.stdout)).toEqual({ proposals: [weights] });
  expect((await optimize([], { propose: async () => [] })).stderr).toContain('no change');
});

test('just what is named is applied, and undone', async () => {
  const asked: unknown[] = [];
  const apply: Optimisation['apply'] = async (ids) => {
    asked.push(ids);
    return [applied];
  };
  expect((await optimize(['apply', '3f9a01bc', '11111111'], { apply })).stdout).toBe(
    '3f9a01bc is applied: weights.successRate default → 0.6.\n',
  );
  expect(asked).toEqual([['3f9a01bc', '11111111']]);
  const undo: Optimisation['undo'] = async () => ({ ...applied, undoneAt: 1_000 });
  expect((await optimize(['undo', '3f9a01bc'], { undo })).stdout).toContain('3f9a01bc is undone');
  expect((await optimize(['apply'], {})).exitCode).toBe(2);
});

test('what was applied is listed with the values before and after', async () => {
  const { stdout } = await optimize(['history'], { applied: async () => [{ ...applied, undoneAt: 1_000 }] });
  expect(stdout).toMatch(/ {2}3f9a01bc {2}weights\.successRate default → 0\.6 \(undone .*\)\n$/);
  const json = await optimize(['history', '-o', 'json'], { applied: async () => [applied] });
  expect(JSON.parse(json.stdout)).toMatchObject({
    applied: [{ appliedAt: '1970-01-01T00:00:00.000Z', undoneAt: null }],
  });
});
