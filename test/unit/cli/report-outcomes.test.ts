import type { AgentOverview } from '../../../src/contracts/ports/agent-registry';
import { OrchestraError } from '../../../src/domain/errors';
import type { OutcomeReport } from '../../../src/domain/learning/outcome-report';
import { agents, client, installation, run } from './scripted-host';
import type { Ran } from './scripted-host';

const written = { id: 'ci-1', agent: 'ada', verdict: 'failed', type: 'bug-fix', endedAt: 1_000 };

async function report(lines: object[], args: string[] = []): Promise<Ran & { reported: OutcomeReport[] }> {
  const reported: OutcomeReport[] = [];
  const learning = {
    query: unasked,
    feedback: unasked,
    insights: unasked,
    steps: unasked,
    expected: unasked,
    forget: unasked,
    forgetInsights: unasked,
    report: async (reports: readonly OutcomeReport[]) => {
      reported.push(...reports);
      return reports.length - 1;
    },
  };
  const registry = agents({
    find: async (_, key) => {
      if (key.name !== 'ada') throw new OrchestraError('AGENT_NOT_FOUND', `There is no agent "${key.name}".`);
      return { ...key } as AgentOverview;
    },
  });
  const ran = await run(['learn', 'report', 'reports.jsonl', ...args], {
    files: { '/home/ada/reports.jsonl': lines.map((line) => JSON.stringify(line)).join('\n') },
    folder: { openRunning: async () => installation({ agents: registry, client: client({ learning }) }) },
  });
  return { ...ran, reported };
}

const unasked = (): never => {
  throw new Error('nobody asks for that');
};

test('what was reported is counted, and what was known already', async () => {
  const { stdout, exitCode, reported } = await report([written, { ...written, id: 'ci-2' }]);
  expect({ stdout, exitCode }).toEqual({
    stdout: '1 outcome reported; 1 known already. What they teach is learnt within seconds.\n',
    exitCode: 0,
  });
  expect(reported.map(({ id }) => id)).toEqual(['ci-1', 'ci-2']);
  const { stdout: json } = await report([written, written], ['-o', 'json']);
  expect(JSON.parse(json)).toEqual({ reported: 1, known: 1 });
});

test('a file without a report is refused', async () => {
  const { stderr, exitCode } = await report([]);
  expect([exitCode, stderr]).toEqual([2, '"reports.jsonl" holds no report: write one a line, as JSON.\n']);
});

test('nothing is reported where anything is wrong, and agents that nobody knows are told where they are named first', async () => {
  const lines = [written, { ...written, agent: 'bob' }, { ...written, agent: 'bob' }, { ...written, verdict: 'fine' }];
  const { stderr, exitCode, reported } = await report(lines);
  expect(exitCode).toBe(2);
  expect(reported).toEqual([]);
  expect(stderr).toContain(`Nothing was reported, because of
reports.jsonl:4:38: verdict: must be one of`);
  expect(stderr).toContain('reports.jsonl:2:22: agent: There is no agent "bob".');
  expect(stderr.match(/bob/g)).toHaveLength(1);
});
