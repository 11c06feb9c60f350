import type { AdvisedLearnings } from '../../../src/domain/learning/advice';
import type { LearningQuery } from '../../../src/domain/learning/learnings';
import { agents, client, installation, run } from './scripted-host';
import type { Ran } from './scripted-host';

const refuse = () => Promise.reject(new Error('nobody asked'));
const none = { approach: [], pitfalls: [], tips: [], collaboration: [] };

const known: AdvisedLearnings = {
  scope: { capability: 'code', taskType: 'bug-fix' },
  recommended: null,
  agents: [],
  outcomes: 0,
  duration: null,
  cost: null,
  confidence: 0,
  ...none,
};

async function query(answer: AdvisedLearnings, ...args: string[]): Promise<Ran & { asked: LearningQuery[] }> {
  const asked: LearningQuery[] = [];
  const learning = {
    ...{ feedback: refuse, report: refuse, expected: refuse, steps: refuse, forget: refuse, forgetInsights: refuse },
    ...{ insights: refuse },
    query: async (given: LearningQuery) => {
      asked.push(given);
      return answer;
    },
  };
  const openRunning = async () => installation({ agents: agents({}), client: client({ learning }) });
  return { ...(await run(['learn', 'query', ...args], { folder: { openRunning } })), asked };
}

const hint = (kind: 'pitfall' | 'success_pattern' | 'optimisation' | 'collaboration', says: string) => ({
  ...{ id: says, kind, says, confidence: 91 },
});

const best = {
  agent: { workspace: 'default', name: 'writer' },
  ...{ successRate: 0.9, outcomes: 20, quality: null, trend: 'steady' as const },
  duration: { minMs: 1_000, p50Ms: 2_000, p90Ms: 3_000, maxMs: 4_000 },
  cost: { meanUsd: 0.4, p50Usd: 0.25, p90Usd: 1.5 },
};

test('what to do and what to beware of stands below who does it best, three of each', async () => {
  const advised = {
    ...{ ...known, recommended: best, agents: [best], outcomes: 20, duration: best.duration, cost: best.cost },
    confidence: 0.8,
    approach: [hint('success_pattern', 'With technology go it succeeds.')],
    pitfalls: [1, 2, 3, 4].map((n) => hint('pitfall', `Error ${n}\u001b[31m is met.`)),
    tips: [hint('optimisation', 'bob is cheaper.')],
    collaboration: [hint('collaboration', 'With ada it goes better.')],
  };
  const { stdout, asked } = await query(advised, '--capability', 'code', '--type', 'bug-fix', '--technology', 'go');
  expect(asked).toEqual([{ capability: 'code', taskType: 'bug-fix', technologies: ['go'] }]);
  expect(stdout).toMatch(/\nwriter +90% +- +20 +about 2\.0 s +3\.0 s +about \$0\.2500 +\$1\.50 +steady\n/);
  expect(stdout).toContain('  costs about $0.2500, nine of ten at most $1.50, $0.4000 on average\n');
  expect(stdout.split('\n\n').at(-1)).toBe(
    [
      'do: With technology go it succeeds. (confidence 91)',
      ...[1, 2, 3].map((n) => `beware: Error ${n} is met. (confidence 91)`),
      'tip: bob is cheaper. (confidence 91)',
      'together: With ada it goes better. (confidence 91)\n',
    ].join('\n'),
  );
  const { stdout: json } = await query(advised, '--capability', 'code', '-o', 'json');
  expect((JSON.parse(json) as AdvisedLearnings).pitfalls).toHaveLength(4);
});

test('agents that plans bring along leave insights, where nothing is known of the registry', async () => {
  const nothing = 'Nothing is known of that yet: no outcome of an agent of the registry was learnt.\n';
  expect((await query(known)).stdout).toBe(nothing);
  const { stdout } = await query({ ...known, pitfalls: [hint('pitfall', 'It hangs.')] });
  expect(stdout).toBe(`${nothing}\nbeware: It hangs. (confidence 91)\n`);
});
