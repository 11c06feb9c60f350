import type { AgentKey } from '../agents/agent';
import { agentId } from '../agents/agent-ref';
import type { Complexity } from '../plan/plan';
import { Verdict } from '../verdict';
import { nothingLearned, recordOutcome } from './learned-record';
import type { Learned } from './learned-record';
import type { Lesson } from './lesson';
import { together } from './record-sums';

/** What a record is of: an agent, at all, with a capability, or with a type of task (and the capability that was asked for). */
export interface CellKey {
  agent: AgentKey;
  /** Empty: whatever was asked for. */
  capability: string;
  /** Empty: of any type. */
  taskType: string;
  /** By `modelName`; absent: with whatever model. */
  model?: string;
  /** Absent: however hard. Models and complexities are told apart each by itself. */
  complexity?: Complexity;
}

export interface Cell extends CellKey, Learned {
  /** Verdicts of all time. */
  totalSucceeded: number;
  totalFailed: number;
  /** Durations of successes of all time, in milliseconds; null while there is none. */
  shortestMs: number | null;
  longestMs: number | null;
}

export type Cells = Map<string, Cell>;

export function cellId({ agent, capability, taskType, model, complexity }: CellKey): string {
  return JSON.stringify([agentId(agent), capability, taskType, model, complexity]);
}

/** The cells that a lesson is for, from the widest to the narrowest; then the same of its model, and of its complexity, where these are known. */
function cellsOf({ agent, capability = '', taskType, model, complexity }: Lesson): CellKey[] {
  const keys: CellKey[] = [
    { agent, capability: '', taskType: '' },
    { agent, capability, taskType: '' },
    { agent, capability, taskType },
  ];
  const distinct = capability === '' ? keys.filter((_, at) => at !== 1) : keys;
  return [
    ...distinct,
    ...(model === undefined ? [] : distinct.map((key) => ({ ...key, model }))),
    ...(complexity === undefined ? [] : distinct.map((key) => ({ ...key, complexity }))),
  ];
}

/**
 * Adds the lessons to their cells, in order of their ends; those without an earlier one begin empty. `anew`: the lessons were learnt before, and
 * take the place of what their cells hold, without being counted again; in cells that there were not before they are. Changes `cells`.
 */
export function learn(cells: Cells, lessons: readonly Lesson[], { anew }: { anew: boolean }): void {
  const begun = new Set<string>();
  const counted: ReadonlySet<string> = new Set(anew ? cells.keys() : []);
  for (const lesson of [...lessons].sort((a, b) => a.endedAt - b.endedAt)) {
    for (const key of cellsOf(lesson)) {
      const id = cellId(key);
      const known = cells.get(id) ?? { ...key, ...emptyCell };
      const cell = anew && !begun.has(id) ? { ...known, ...nothingLearned } : known;
      begun.add(id);
      cells.set(id, { ...cell, ...recordOutcome(cell, lesson), ...(counted.has(id) ? {} : totalsWith(cell, lesson)) });
    }
  }
}

const emptyCell = {
  ...nothingLearned,
  totalSucceeded: 0,
  totalFailed: 0,
  shortestMs: null,
  longestMs: null,
} satisfies Partial<Cell>;

/** What does not fade, with one lesson more. */
function totalsWith(cell: Cell, { verdict, durationMs }: Lesson): Partial<Cell> {
  if (verdict !== Verdict.succeeded) return { totalFailed: cell.totalFailed + 1 };
  const totalSucceeded = cell.totalSucceeded + 1;
  if (durationMs === null) return { totalSucceeded };
  return {
    totalSucceeded,
    shortestMs: Math.min(cell.shortestMs ?? durationMs, durationMs),
    longestMs: Math.max(cell.longestMs ?? durationMs, durationMs),
  };
}

/** What is known of each agent by all of these cells together, which have no outcome in common; in their order. */
export function onePerAgent(cells: readonly Cell[]): Cell[] {
  const known = new Map<string, Cell>();
  for (const cell of cells) {
    const id = agentId(cell.agent);
    const before = known.get(id);
    known.set(id, before ? bothOf(before, cell) : cell);
  }
  return [...known.values()];
}

function bothOf(one: Cell, other: Cell): Cell {
  const durations = (key: 'shortestMs' | 'longestMs'): number[] =>
    [one[key], other[key]].filter((duration) => duration !== null);
  return {
    ...one,
    capability: '',
    record: together(one.record, other.record),
    recent: together(one.recent, other.recent),
    asOf: Math.max(one.asOf, other.asOf),
    totalSucceeded: one.totalSucceeded + other.totalSucceeded,
    totalFailed: one.totalFailed + other.totalFailed,
    shortestMs: durations('shortestMs').length === 0 ? null : Math.min(...durations('shortestMs')),
    longestMs: durations('longestMs').length === 0 ? null : Math.max(...durations('longestMs')),
  };
}
