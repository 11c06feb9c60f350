import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { delaysIn, formatEvents, isWhole } from '../../../bench/events/results';
import type { EventResults } from '../../../bench/events/results';
import { parseOptions } from '../../../bench/options';
import { formatReport } from '../../../bench/report';
import { makespanShapes } from '../../../bench/makespan/shapes';
import { scenarios } from '../../../bench/echo/scenarios';
import type { ApiComparison } from '../../../bench/api/measure-api';
import type { Comparison } from '../../../bench/echo/compare';
import type { Growth } from '../../../bench/echo/growth';
import type { Makespan } from '../../../bench/makespan/measure-makespan';
import type { Routing } from '../../../bench/routing/measure-routing';
import { assigning, searching } from '../../../bench/routing/routings';
import { makespanBoundMs } from '../../../bench/makespan/bound';
import type { LearningRun } from '../../../bench/learning-worker/measure-learning';
import type { LearningResult } from '../../../bench/learning/measure-learning';
import { policiesIn } from '../../../bench/learning/policies';
import { formatLearning, formatModels } from '../../../bench/learning/report';
import type { ModelResult } from '../../../bench/learning/simulate-models';
import { scenarios as learningScenarios } from '../../../bench/learning/scenarios';
import { formatPredictions } from '../../../bench/prediction/report';
import type { PredictionResults } from '../../../bench/prediction/report';
import { peerTable } from '../../../bench/peers/report';
import type { PeerResult } from '../../../bench/peers/report';
import { peerScenarios } from '../../../bench/peers/scenarios';
import { readPage, root } from './markdown';

interface Results {
  seed: string;
  comparisons: Comparison[];
  makespans: Makespan[];
  /** Results of before it was measured have none; nor of what follows. */
  growths?: Growth[];
  routings?: Routing[];
  api?: ApiComparison[];
}

const jsonOf = (name: string): unknown => JSON.parse(readFileSync(join(root, 'bench/results', name), 'utf8'));
const resultsOf = (name: string): Results => jsonOf(name) as Results;
const learningResults = jsonOf('2026-11-23-learning.json') as {
  seeds: number;
  results: LearningResult[];
  models: ModelResult[];
};

/** Cells of a line, whatever their padding and their frame. */
const cells = (line: string, border: RegExp): string =>
  line
    .split(border)
    .map((cell) => cell.trim().toLowerCase())
    .filter((cell) => cell !== '')
    .join(' | ');

/** Lines of a report that the page does not show. */
function notShown(report: string): string[] {
  const shown = new Set(
    readPage('docs/benchmarks.md')
      .split('\n')
      .map((line) => cells(line, /\|/)),
  );
  const measured = report
    .split('\n')
    .filter((line) => /\d/.test(line))
    .map((line) => cells(line, / {2,}/));
  expect(measured.length).toBeGreaterThan(2);
  return measured.filter((line) => !shown.has(line));
}

test.each(['2026-11-24-echo.json', '2026-11-21-makespan.json', '2026-11-23-routing.json', '2026-11-23-api.json'])(
  'the page shows the figures of %s',
  (name) => {
    const { comparisons, growths, makespans, routings, api } = resultsOf(name);
    expect(notShown(formatReport({ comparisons, growths, makespans, routings, api }))).toEqual([]);
  },
);

test('the page shows how well routing learns', () => {
  expect(notShown(formatLearning(learningResults.results))).toEqual([]);
});

test('the page shows how a million outcomes are learnt and asked for', () => {
  const { learning } = jsonOf('2026-11-23-learning-worker.json') as { learning: LearningRun };
  expect(learning.outcomes).toBe(1_000_000);
  expect(notShown(formatReport({ learning }))).toEqual([]);
});

test('the page shows what choosing among models is worth', () => {
  expect(notShown(formatModels(learningResults.models))).toEqual([]);
});

test('what is published was measured on what the benchmark measures now', () => {
  expect(learningResults.seeds).toBe(200);
  expect(learningResults.results.map(({ scenario, policy }) => [scenario, policy])).toEqual(
    learningScenarios.flatMap((scenario) => policiesIn(scenario).map((policy) => [scenario.name, policy.name])),
  );
  const { comparisons } = resultsOf('2026-11-24-echo.json');
  expect(comparisons.map(({ scenario }) => scenario)).toEqual(scenarios);
  const { makespans, seed } = resultsOf('2026-11-21-makespan.json');
  expect(makespans.map(({ shape, boundMs }) => ({ shape, boundMs }))).toEqual(
    makespanShapes(seed).map((shape) => ({ shape: shape.name, boundMs: makespanBoundMs(shape) })),
  );
  const { routings = [] } = resultsOf('2026-11-23-routing.json');
  expect(routings).toEqual([expect.objectContaining(assigning), expect.objectContaining(searching)]);
});

test('the page of other engines shows what was measured of each, how it was set up, and all work that is measured now', () => {
  const { engines, results } = jsonOf('2026-11-23-peers.json') as {
    engines: { name: string; version: string; durability: string }[];
    results: PeerResult[];
  };
  const shown = readPage('docs/peers.md')
    .split('\n')
    .map((line) => cells(line, /\|/));
  const setUp = engines.map(({ name, version, durability }) => `| ${name} | ${version} | ${durability} |`);
  const rows = [...peerTable(results).split('\n'), ...setUp].filter((line) => /[a-z0-9]/i.test(line));
  expect(rows.map((line) => cells(line, /\|/)).filter((line) => !shown.includes(line))).toEqual([]);
  expect(results.map(({ scenario }) => scenario)).toEqual(peerScenarios.map(({ name }) => name));
});

test('the page shows how well predictions do', () => {
  const results = JSON.parse(
    readFileSync(join(root, 'bench/results/2026-11-22-prediction.json'), 'utf8'),
  ) as PredictionResults;
  const shown = new Set(
    readPage('docs/benchmarks.md')
      .split('\n')
      .map((line) => cells(line, /\|/)),
  );
  const measured = formatPredictions(results)
    .split('\n')
    .filter((line) => /\d%|\d\.\d/.test(line))
    .map((line) => cells(line, / {2,}/));
  expect(measured.length).toBeGreaterThan(10);
  expect(measured.filter((line) => !shown.has(line))).toEqual([]);
});

test('the report of the API shows both sides, and how they compare', () => {
  const summary = (median: number) => ({ median, min: median - 1, max: median + 1, values: [] });
  const load = (perSecond: number, p99Ms: number) => ({
    requestsPerSecond: summary(perSecond),
    p99Ms: summary(p99Ms),
  });
  const [, head, , row] = formatReport({
    api: [
      {
        ...{ operation: 'get a session', connections: 10, seconds: 5 },
        ...{ project: load(400, 31), bare: load(8_000, 2), ratio: { median: 0.05, min: 0.04, max: 0.06, values: [] } },
      },
    ],
  }).split('\n');
  expect(head).toMatch(/^API +requests a second +P99 ms +bare Fastify +P99 ms +ratio$/);
  expect(cells(row ?? '', / {2,}/)).toBe(
    'get a session | 400 (399–401) | 31 (30–32) | 8000 (7999–8001) | 2 (1–3) | 0.050 (0.040–0.060) of its throughput',
  );
  expect(parseOptions(['--api-repetitions', '0']).apiRepetitions).toBe(0);
  expect(() => parseOptions(['--api-repetitions', 'many'])).toThrow('--api-repetitions N');
});

const liveEvents: EventResults = {
  ...{ date: '2026-11-23', subscribers: 100, writers: 4, perSecond: 50, events: 1_000, arrived: 100_000, repeated: 0 },
  ...{ delayMs: delaysIn([5, 26.64, 7.86, 3.2]), load: 1.2 },
};

test('the page speaks of live events in the sentences of their benchmark, with the figures of what is published', () => {
  const text = readPage('docs/benchmarks.md').replaceAll(/\s+/g, ' ');
  for (const sentence of formatEvents(liveEvents)) {
    const anyFigures = sentence.replaceAll('.', '\\.').replaceAll(/\d[\d,]*(?:\\\.\d)?/g, '[\\d,.]+');
    expect(text).toMatch(new RegExp(anyFigures));
  }
  const published = readdirSync(join(root, 'bench/results')).filter((name) => name.endsWith('-events.json'));
  const sentences = published.flatMap((name) => formatEvents(jsonOf(name) as EventResults));
  expect(sentences.filter((sentence) => !text.includes(sentence))).toEqual([]);
});

test('live events count only where each subscriber has each of them, once', () => {
  expect(liveEvents.delayMs).toEqual({ p50: 5, p99: 26.6, max: 26.6 });
  expect(isWhole(liveEvents)).toBe(true);
  expect(isWhole({ ...liveEvents, arrived: 99_999 })).toBe(false);
  expect(isWhole({ ...liveEvents, repeated: 1 })).toBe(false);
  expect(formatEvents({ ...liveEvents, arrived: 99_999 }).at(-1)).toBe('Of 100,000, 99,999 arrived, and 0 twice.');
});
