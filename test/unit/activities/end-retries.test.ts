import { endRetries } from '../../../src/activities/attempt/end-retries';
import type { Conclusion } from '../../../src/activities/attempt/conclude';
import type { StoredInsight } from '../../../src/domain/learning/insights/relevant';
import { defaultEvidence } from '../../../src/domain/settings/evidence-settings';
import { planOf } from '../plan/read-plan-text';

const inVain: StoredInsight = {
  id: 'i',
  kind: 'parameter',
  scope: { capability: 'code', taskType: 'fix' },
  feature: { parameter: 'retries', outcome: 'in vain', error: 'no such branch "…"' },
  says: 'Trying fix again never helped.',
  confidence: 99,
};

const failed: Conclusion = {
  verdict: 'failed',
  retryable: true,
  error: 'no such branch "x7"\nand more',
  evidence: [],
};

async function ended(
  conclusion: Conclusion,
  { words = '', retries = true, session = 's', insights = [inVain] } = {},
): Promise<Conclusion> {
  const plan = await planOf(`version: 1\nname: p\ntasks: { fix: { agent: { capability: code }${words} } }\n`);
  const task = plan.tasks['fix'];
  if (!task) throw new Error('the plan has lost its task');
  const sources = {
    insights: { holding: async () => insights },
    evidence: async () => ({ ...defaultEvidence, retries }),
  };
  return endRetries(sources, { workspace: 'w', session, run: 'fix', attempt: 1, token: 1 }, task, conclusion);
}

test('an error after which trying again never helped is not tried again, and says so', async () => {
  expect(await ended(failed)).toEqual({
    ...failed,
    retryable: false,
    error: 'no such branch "x7"\nand more\nIt is not tried again. Trying fix again never helped.',
  });
});

test('other errors are, and other ends', async () => {
  const other = { ...failed, error: 'the service is busy' };
  expect(await ended(other)).toBe(other);
  const timedOut = { ...failed, verdict: 'timed_out' as const };
  expect(await ended(timedOut)).toBe(timedOut);
  expect(await ended(failed, { insights: [] })).toBe(failed);
  const { error: _, ...feature } = inVain.feature;
  expect(await ended(failed, { insights: [{ ...inVain, feature }] })).toBe(failed);
});

test('a plan that says how often to try is followed, and a workspace can switch evidence off', async () => {
  expect(await ended(failed, { words: ', retry: { attempts: 5 }' })).toBe(failed);
  expect(await ended(failed, { words: ', learned: false' })).toBe(failed);
  expect(await ended(failed, { retries: false })).toBe(failed);
});

test('one run of five is tried again all the same, to see whether it is so still', async () => {
  const ends = await Promise.all(Array.from({ length: 200 }, (_, at) => ended(failed, { session: `s${at}` })));
  const tried = ends.filter(({ retryable }) => retryable).length;
  expect(tried).toBeGreaterThan(20);
  expect(tried).toBeLessThan(60);
});
