import type { AgentKey } from '../agents/agent';
import type { Complexity } from '../plan/plan';
import { activityKey, beliefOf, priorBelow } from './belief';
import { estimatedCostUsd } from './cost-estimate';
import { estimatedDurationMs, smoothedSuccessRate } from './measured';
import type { SuccessPrior } from './measured';
import type { Cell } from './cells';
import { trendOf } from './change';
import type { Trend } from './change';
import { emptyRecord, outcomesIn, together } from './record-sums';

/** What somebody wants to know: of an agent, of a capability, or of both. */
export interface LearningQuery {
  agent?: AgentKey;
  capability?: string;
  taskType?: string;
  /** Only of tasks that are as hard. */
  complexity?: Complexity;
  /** All of these must be known to the agents. */
  technologies: string[];
}

export interface DurationRange {
  minMs: number;
  p50Ms: number;
  p90Ms: number;
  maxMs: number;
}

/** Of one attempt, whatever it came to. */
export interface CostRange {
  meanUsd: number;
  p50Usd: number;
  p90Usd: number;
}

/** What is known of an agent in the scope that was asked for. */
export interface AgentLearning {
  agent: AgentKey;
  /** 0–1: the mean of the posterior. */
  successRate: number;
  /** Outcomes of all time. */
  outcomes: number;
  /** 0–1, of what was measured; null where nothing was. */
  quality: number | null;
  /** Null with fewer than three successes. */
  duration: DurationRange | null;
  /** Null with fewer than three attempts whose cost is known. */
  cost: CostRange | null;
  /** Whether it succeeds more often lately than before. */
  trend: Trend;
}

/** What outcomes taught so far, for a scope. */
export interface Learnings {
  /** As wide as it had to be to find anything. */
  scope: { capability: string | null; taskType: string | null; complexity?: Complexity };
  /** The agent that succeeds most often by what is known; null while nothing is. */
  recommended: AgentLearning | null;
  /** Best first. */
  agents: AgentLearning[];
  outcomes: number;
  /** Of all agents together. */
  duration: DurationRange | null;
  cost: CostRange | null;
  /** 0–1: n ÷ (n + 5) after outcomes that still weigh n. */
  confidence: number;
}

/** With what is expected of its agent before its outcomes there. */
export interface KnownCell extends Cell {
  expected: SuccessPrior;
}

/**
 * What is expected of an agent in a scope before what it did there: what routing expects, through all else that it did. `wider`: its cells that hold the
 * one of the scope, as far as there are any; `expected`: of such an agent. How hard tasks are is told apart below their type.
 */
export function expectedIn(
  { capability, taskType, complexity }: Pick<LearningQuery, 'capability' | 'taskType' | 'complexity'>,
  cell: Cell,
  wider: readonly Cell[],
  expected: SuccessPrior,
): SuccessPrior {
  const activity = { capability, taskType };
  const records = new Map(wider.map((one) => [activityKey(one), one.record]));
  if (complexity === undefined) records.set(activityKey(activity), cell.record);
  const { record, prior = expected } = beliefOf(
    { record: records.get(activityKey({})) ?? cell.record, records },
    // Of a type alone, whatever was asked for, nothing is kept.
    records.has(activityKey(activity)) ? activity : {},
    expected,
  );
  return complexity === undefined ? prior : priorBelow(record, cell.record, prior);
}

/** Outcomes that make half of the trust that outcomes can make. */
const halfTrustOutcomes = 5;

/** Sums up the cells of a scope, one an agent. */
export function learningsOf(scope: Learnings['scope'], cells: readonly KnownCell[]): Learnings {
  const agents = cells
    .map((cell): AgentLearning => ({
      agent: cell.agent,
      successRate: smoothedSuccessRate(cell.record, cell.expected),
      outcomes: cell.totalSucceeded + cell.totalFailed,
      quality: qualityOf(cell),
      duration: durationOf([cell]),
      cost: costOf([cell]),
      trend: trendOf(cell),
    }))
    .sort((a, b) => b.successRate - a.successRate || b.outcomes - a.outcomes || (a.agent.name < b.agent.name ? -1 : 1));
  const weight = sumOf(cells, ({ record }) => outcomesIn(record));
  return {
    scope,
    recommended: agents[0] ?? null,
    agents,
    outcomes: sumOf(agents, ({ outcomes }) => outcomes),
    duration: durationOf(cells),
    cost: costOf(cells),
    confidence: weight / (weight + halfTrustOutcomes),
  };
}

/** The mean of what still counts. */
function qualityOf({ record: { quality } }: Cell): number | null {
  return quality && quality.count > 0 ? quality.sum / quality.count : null;
}

function durationOf(cells: readonly Cell[]): DurationRange | null {
  const timed = cells.filter(({ shortestMs }) => shortestMs !== null);
  const record = timed.map((cell) => cell.record).reduce(together, emptyRecord);
  const estimate = estimatedDurationMs(record);
  if (!estimate) return null;
  const minMs = Math.min(...timed.map(({ shortestMs }) => shortestMs ?? Infinity));
  const maxMs = Math.max(...timed.map(({ longestMs }) => longestMs ?? 0));
  return { minMs, p50Ms: estimate.p50, p90Ms: estimate.p90, maxMs };
}

function costOf(cells: readonly Cell[]): CostRange | null {
  const { cost } = cells.map(({ record }) => record).reduce(together, emptyRecord);
  const estimate = estimatedCostUsd({ ...(cost && { cost }) });
  return cost && estimate
    ? { meanUsd: Number((cost.sumUsd / cost.count).toFixed(6)), p50Usd: estimate.p50, p90Usd: estimate.p90 }
    : null;
}

function sumOf<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}
