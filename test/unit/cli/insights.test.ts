import type { InsightFilter, InsightOverview } from '../../../src/contracts/ports/insight-catalog';
import { OrchestraError } from '../../../src/domain/errors';
import type { AgentOverview } from '../../../src/contracts/ports/agent-registry';
import { startTime } from './fixtures';
import { agents, client, installation, run } from './scripted-host';

const pitfall: InsightOverview = {
  id: '0a1b',
  kind: 'pitfall',
  scope: { capability: 'code', taskType: 'bug-fix' },
  feature: { error: 'no such file: PATH' },
  says: '25% of 60 sessions met the error “no such file: \u001b[31mPATH”.',
  confidence: 93,
  counts: { sessions: 60, sessionsThatMetIt: 15 },
  links: [{ session: 'release-k3f9', run: 'fix', attempt: 1 }],
  firstSeen: startTime,
  lastSeen: startTime,
  expiredAt: null,
  applied: 0,
  effect: null,
  distribution: null,
  source: null,
};

function runWith(args: string[], found: InsightOverview[]) {
  const forgotten: string[] = [];
  const asked: InsightFilter[] = [];
  const learning = {
    query: () => Promise.reject(new Error('nobody asked')),
    feedback: () => Promise.reject(new Error('nobody asked')),
    report: () => Promise.reject(new Error('nobody asked')),
    expected: () => Promise.reject(new Error('nobody asked')),
    steps: () => Promise.reject(new Error('nobody asked')),
    forget: () => Promise.reject(new Error('nobody asked')),
    forgetInsights: async (ids: readonly string[]) => void forgotten.push(...ids),
    insights: async (filter: InsightFilter) => {
      asked.push(filter);
      return found;
    },
  };
  const registry = agents({
    find: async (_, key) => {
      if (key.name !== 'writer') throw new OrchestraError('AGENT_NOT_FOUND', 'There is no such agent.');
      return { ...key } as AgentOverview;
    },
  });
  const openRunning = async () => installation({ agents: registry, client: client({ learning }) });
  return run(args, { folder: { openRunning } }).then((ran) => ({ ...ran, asked, forgotten }));
}

test('insights are told in words, with how sure they are and where they can be seen', async () => {
  const { stdout, asked } = await runWith(
    ['learn', 'insights', '--type', 'bug-fix', '--capability', 'code'],
    [pitfall],
  );
  expect(asked).toEqual([{ taskType: 'bug-fix', capability: 'code', all: false }]);
  expect(stdout).toMatch(
    /^pitfall: 25% of 60 sessions met the error “no such file: PATH”\.\n {2}confidence 93, last seen \d.*, e\.g\. release-k3f9 fix\n$/,
  );
});

test('what telling them came to is said', async () => {
  const part = { attempts: 10, sessions: 10, medianDurationMs: 100 };
  const effect = { withIt: { ...part, success: 0.9 }, without: { ...part, success: 0.5 }, confidence: 88 };
  const { stdout } = await runWith(['learn', 'insights'], [{ ...pitfall, applied: 10, effect }]);
  expect(stdout).toContain('told to 10 attempts: 90% succeeded, 50% of those that were not told it\n');
});

test('it is said with which other agents something holds, and with which not', async () => {
  const receiver = (agent: string, verdict: 'holds' | 'contradicted', confidence: number) => ({
    agent,
    verdict,
    confidence,
    effect: null,
  });
  const receivers = [receiver('default/bob', 'holds', 90), receiver('default/cyd', 'contradicted', 0)];
  const distribution = { others: { verdict: 'open' as const, confidence: 46 }, receivers };
  const { stdout } = await runWith(['learn', 'insights'], [{ ...pitfall, distribution }]);
  expect(stdout).toContain('holds for default/bob, does not hold for default/cyd, for other agents 46\n');
});

test('programs get all of it, expired ones only when they ask', async () => {
  const { stdout, asked } = await runWith(
    ['learn', 'insights', '--all', '-o', 'json'],
    [{ ...pitfall, expiredAt: startTime }],
  );
  expect(asked).toEqual([{ all: true }]);
  const at = new Date(startTime).toISOString();
  expect(JSON.parse(stdout)).toEqual({ insights: [{ ...pitfall, firstSeen: at, lastSeen: at, expiredAt: at }] });
});

test('those of an agent are asked for by its name', async () => {
  expect((await runWith(['agents', 'insights', 'writer'], [])).asked).toEqual([
    { agent: 'default/writer', all: false },
  ]);
  const unknown = await runWith(['agents', 'insights', 'writre'], []);
  expect(unknown).toMatchObject({ exitCode: 2, asked: [], stderr: 'There is no such agent.\n' });
});

test('what agents say has no confidence before outcomes speak for it, and an id to forget it by', async () => {
  const discovery: InsightOverview = {
    ...pitfall,
    id: '3f1c',
    kind: 'discovery',
    feature: {},
    says: 'Agent default/ada says: “Run make first.”',
    confidence: null,
    source: { agent: 'default/ada' },
  };
  const { stdout } = await runWith(['learn', 'insights'], [discovery]);
  expect(stdout).toMatch(
    /^discovery: Agent default\/ada says: “Run make first.”\n {2}3f1c, nothing speaks for it yet, last seen /,
  );
  expect(await runWith(['learn', 'forget', '3f1c', '0a1b'], [])).toMatchObject({
    exitCode: 0,
    stdout: '2 insights forgotten.\n',
    forgotten: ['3f1c', '0a1b'],
  });
  expect((await runWith(['learn', 'forget', '3f1c', '-o', 'json'], [])).stdout).toBe('{\n  "forgotten": 1\n}\n');
});

test('what another workspace found says so', async () => {
  const source = { workspace: 'acme', confidence: 96 };
  const { stdout } = await runWith(['learn', 'insights'], [{ ...pitfall, confidence: null, source, links: [] }]);
  expect(stdout).toContain('0a1b, from workspace acme where it has 96, nothing speaks for it yet, last seen ');
});

test('it is said where nothing is found', async () => {
  expect(await runWith(['learn', 'insights'], [])).toMatchObject({
    exitCode: 0,
    stderr: 'Nothing holds that is sure enough. See --all.\n',
  });
});
