import { readOutcomeReports } from '../../../src/contracts/schemas/read-outcome-reports';
import { formatSourceIssue } from '../../../src/contracts/schemas/source-position';

const now = Date.UTC(2026, 10, 22, 12);

const written = { id: 'ci-1', agent: 'ada', verdict: 'succeeded', type: 'bug-fix', endedAt: '2026-11-22T08:30:00Z' };

const read = (text: string) => readOutcomeReports('reports.jsonl', text, 'default', now);

const faultsIn = (text: string): string[] => read(text).issues.map(formatSourceIssue);

const withChanges = (changes: object): string => JSON.stringify({ ...written, ...changes });

test('a report says who did what when, and what is not said is unknown', () => {
  expect(read(JSON.stringify(written)).reports.map(({ report }) => report)).toEqual([
    {
      id: 'ci-1',
      agent: { workspace: 'default', name: 'ada' },
      verdict: 'succeeded',
      kind: { capability: '', taskType: 'bug-fix', technologies: [] },
      attempt: 1,
      endedAt: Date.UTC(2026, 10, 22, 8, 30),
      durationMs: null,
      costUsd: null,
      tokens: null,
      inputTokens: null,
      outputTokens: null,
      cachedInputTokens: null,
      quality: null,
      error: null,
      model: null,
      work: null,
    },
  ]);
});

test('all that may be said is taken over', () => {
  const said = { session: 'pr-7', attempt: 2, durationMs: 1_500, costUsd: 0.2, tokens: 70, error: 'no file' };
  const worked = { tools: ['read', 'edit'], filesChanged: ['a.ts'], messages: 3 };
  const asked = { capability: 'code.write', technologies: ['rust'], inputBytes: 900 };
  const [one] = read(
    withChanges({
      ...said,
      ...asked,
      ...worked,
      collaborators: ['eve'],
      model: 'm',
      agent: 'lab/bob',
      endedAt: now,
      rating: 2,
      useful: false,
      changed: 'all of it',
    }),
  ).reports;
  expect(one?.report).toMatchObject({
    ...said,
    agent: { workspace: 'lab', name: 'bob' },
    kind: { ...asked, taskType: 'bug-fix' },
    endedAt: now,
    model: 'm',
    work: { ...worked, collaborators: ['default/eve'] },
    feedback: { rating: 2, useful: false, modifications: 'all of it' },
  });
});

test('one report, a list and lines are read alike, empty lines left out', () => {
  const [first, second] = [JSON.stringify(written), withChanges({ id: 'ci-2' })];
  const ids = (text: string): string[] => read(text).reports.map(({ report }) => report.id);
  expect(ids(JSON.stringify(written, null, 2))).toEqual(['ci-1']);
  expect(ids(`[${first},\n${second}]`)).toEqual(['ci-1', 'ci-2']);
  expect(ids(`${first}\n\n${second}\r\n`)).toEqual(['ci-1', 'ci-2']);
  expect(ids('')).toEqual([]);
});

test('what is wrong is told with its line, its column and its path', () => {
  const lines = [JSON.stringify(written), withChanges({ verdict: 'suceeded', durationMs: -1 }), '{"id": 1'];
  expect(faultsIn(lines.join('\n'))).toEqual([
    'reports.jsonl:2:38: verdict: must be one of succeeded, failed, timed_out, contradictory, rate_limited, cancelled (did you mean "succeeded"?)',
    'reports.jsonl:2:112: durationMs: must be at least 0',
    'reports.jsonl:3:9: is no JSON: Flow map must end with a }',
  ]);
  expect(faultsIn(JSON.stringify([written, { ...written, agnet: 'ada' }], null, 1))).toEqual([
    'reports.jsonl:15:3: [1].agnet: unknown key "agnet" (did you mean "agent"?)',
  ]);
});

test('an outcome cannot end in the future, and has an id, an agent and a type', () => {
  expect(faultsIn(withChanges({ endedAt: '2026-11-22T12:06:00Z' }))).toEqual([
    expect.stringContaining('endedAt: lies in the future'),
  ]);
  expect(faultsIn(withChanges({ endedAt: 'yesterday' }))).toEqual([
    expect.stringContaining('endedAt: must be a time such as'),
  ]);
  expect(faultsIn('{}').map((fault) => fault.replace(/^.*?:1:1: /, ''))).toEqual([
    'id: is missing',
    'agent: is missing',
    expect.stringContaining('verdict: is missing'),
    'type: is missing',
    expect.stringContaining('endedAt: must be a time'),
  ]);
});

test('more tokens out of a cache than were read are a mistake', () => {
  const faulty = read(JSON.stringify({ ...written, inputTokens: 5, cachedInputTokens: 6 }));
  expect(JSON.stringify(faulty)).toContain('are part of inputTokens, and cannot be more');
});
