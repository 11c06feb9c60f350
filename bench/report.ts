import type { ApiComparison } from './api/measure-api';
import type { Comparison } from './echo/compare';
import type { Growth } from './echo/growth';
import type { Scenario } from './echo/scenarios';
import type { Makespan } from './makespan/measure-makespan';
import { heapGrowthMiB, learningTargets } from './learning-worker/measure-learning';
import type { LearningRun } from './learning-worker/measure-learning';
import { makespanTarget } from './makespan/measure-makespan';
import type { RemoteAgentsRun } from './remote-agents/measure-remote-agents';
import type { Routing } from './routing/measure-routing';
import type { Summary } from './statistics';

const verdict = (meets: boolean | undefined): string => (meets === undefined ? '' : meets ? 'met' : 'MISSED');
const spread = ({ median, min, max }: Summary, digits: number): string =>
  `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;

/** What was measured; empty or absent what was not. */
export interface Measurements {
  comparisons?: readonly Comparison[] | undefined;
  growths?: readonly Growth[] | undefined;
  makespans?: readonly Makespan[] | undefined;
  routings?: readonly Routing[] | undefined;
  api?: readonly ApiComparison[] | undefined;
  remoteAgents?: RemoteAgentsRun | undefined;
  learning?: LearningRun | undefined;
}

/** Tables for people: medians, with the least and the most in brackets. */
export function formatReport({
  comparisons = [],
  growths = [],
  makespans = [],
  routings = [],
  api = [],
  remoteAgents,
  learning,
}: Measurements): string {
  const echo = comparisons.map(({ scenario, project, raw, ratio, meetsTarget }) => [
    scenario.name,
    spread(project, 1),
    spread(raw, 1),
    `${spread(ratio, 2)} ${scenario.shownAs === 'time' ? 'of its time' : 'of its throughput'}`,
    targetOf(scenario),
    verdict(meetsTarget),
  ]);
  const besides = comparisons.flatMap(({ scenario, project, others = [] }) =>
    others.map(({ name, ms, ratio }) => [
      scenario.name,
      spread(project, 1),
      name,
      spread(ms, 1),
      `${spread(ratio, 2)} of its time`,
    ]),
  );
  const shapes = makespans.map(({ shape, tasks, concurrency, boundMs, measuredMs, ratio, meetsTarget }) => [
    `${shape} (${tasks} tasks, ${concurrency} at once)`,
    boundMs.toFixed(0),
    spread(measuredMs, 0),
    ratio.toFixed(3),
    `≤ ${makespanTarget}`,
    verdict(meetsTarget),
  ]);
  return [
    ...table(['echo work, ms a session', 'this project', 'raw Temporal', 'ratio', 'target', ''], echo),
    ...table(['short tasks, ms a session', 'this project', 'beside', 'ms', 'ratio'], besides),
    ...table(
      ['short tasks in a session', 'ms', 'ms a task', 'the least, ms a task', 'MiB: worker', 'servers'],
      growths.map(growthRow),
    ),
    ...table(
      ['10,000 agents', 'ms', 'reference', 'ms', 'target', ''],
      routings.map(({ name, measuredMs, reference, referenceMs, targetMs, meetsTarget }) => [
        name,
        spread(measuredMs, 1),
        reference,
        spread(referenceMs, 1),
        `≤ ${targetMs} ms`,
        verdict(meetsTarget),
      ]),
    ),
    ...table(
      ['API', 'requests a second', 'P99 ms', 'bare Fastify', 'P99 ms', 'ratio'],
      api.map(({ operation, project, bare, ratio }) => [
        operation,
        spread(project.requestsPerSecond, 0),
        spread(project.p99Ms, 0),
        spread(bare.requestsPerSecond, 0),
        spread(bare.p99Ms, 0),
        `${spread(ratio, 3)} of its throughput`,
      ]),
    ),
    ...(remoteAgents ? remoteAgentsTables(remoteAgents) : []),
    ...(learning ? learningTable(learning) : []),
    ...table(['simulated work', 'bound ms', 'makespan ms', 'ratio', 'target', ''], shapes),
  ].join('\n');
}

function targetOf({ target, targetMs, shownAs }: Scenario): string {
  if (targetMs !== undefined) return `≤ ${targetMs} ms`;
  return target === undefined ? '' : `${shownAs === 'time' ? '≤' : '≥'} ${target}`;
}

function growthRow({ kind, tasks, ms, leastMs, memoryMiB: { worker, servers } }: Growth): string[] {
  const ofServers = Object.entries(servers).map(([name, mib]) => `${name} ${mib}`);
  const perTask = ({ median }: Summary): string => (median / tasks).toFixed(2);
  return [`${kind} of ${tasks}`, spread(ms, 0), perTask(ms), perTask(leastMs), String(worker), ofServers.join(', ')];
}

function learningTable(run: LearningRun): string[] {
  const { queryMs, cachedQueryMs, narrowQueryMs, examplesMs, heapGrowthMiB: mostGrowth } = learningTargets;
  const { heap, resident } = run.memoryMiB;
  return [
    ...table(
      ['outcomes learnt', 'of agents', 'a second'],
      [[run.outcomes, run.agents, run.learntPerSecond].map(String)],
    ),
    ...table(
      ['memory of who learns, MiB', 'after the first batch', 'after all', 'at most', 'target', ''],
      [
        [
          'heap without garbage',
          ...[heap.first, heap.last, heap.most].map(String),
          `${mostGrowth} more at the end`,
          verdict(heapGrowthMiB(run.memoryMiB) <= mostGrowth),
        ],
        ['resident', ...[resident.first, resident.last, resident.most].map(String), '', ''],
      ],
    ),
    ...table(
      ['asked what is known', 'ms', 'one agent by its name, ms', 'target', ''],
      [
        [
          'for the first time',
          spread(run.queryMs, 2),
          spread(run.referenceMs, 2),
          `≤ ${queryMs} ms`,
          verdict(run.queryMs.median <= queryMs),
        ],
        [
          'again',
          spread(run.cachedQueryMs, 3),
          spread(run.referenceMs, 2),
          `≤ ${cachedQueryMs} ms`,
          verdict(run.cachedQueryMs.median <= cachedQueryMs),
        ],
        [
          'for the first time, of an agent, a type and a complexity',
          spread(run.narrowQueryMs, 2),
          spread(run.referenceMs, 2),
          `≤ ${narrowQueryMs} ms`,
          verdict(run.narrowQueryMs.median <= narrowQueryMs),
        ],
        [
          'for attempts like one to come',
          spread(run.examplesMs, 2),
          spread(run.referenceMs, 2),
          `≤ ${examplesMs} ms`,
          verdict(run.examplesMs.median <= examplesMs),
        ],
      ],
    ),
  ];
}

function remoteAgentsTables(run: RemoteAgentsRun): string[] {
  const seconds = (ms: number): string => `${(ms / 1_000).toFixed(0)} s`;
  const isProven = run.mostInFlight === run.agents && run.succeeded === run.agents && run.others === 0;
  return [
    ...table(
      [
        'remote agents',
        'sessions',
        'in flight at once',
        'after',
        'all ended after',
        'succeeded',
        'lost or repeated',
        '',
      ],
      [
        [
          String(run.agents),
          String(run.sessions),
          String(run.mostInFlight),
          seconds(run.allInFlightAfterMs),
          seconds(run.allEndedAfterMs),
          String(run.succeeded),
          String(run.others),
          verdict(isProven),
        ],
      ],
    ),
    ...table(
      ['memory while all are in flight', 'MiB'],
      Object.entries(run.memoryMiB).map(([name, mib]) => [name, String(mib)]),
    ),
  ];
}

/** Columns that are as wide as what is in them; nothing where there are no rows. */
export function table(head: string[], rows: string[][]): string[] {
  if (rows.length === 0) return [];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return ['', line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line), ''];
}
