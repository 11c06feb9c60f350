import type { DecidedAttempt } from '../../domain/metrics/routing-metrics';
import type { ExampleReader } from './example-reader';
import type { MetricsPeriod } from './metrics-reader';
import type { Handoff } from '../../domain/learning/handoff';
import type { Assignment } from '../../domain/routing/assignment';
import type { ReportedWork } from '../../domain/usage/reported-work';
import type { Verdict } from '../../domain/verdict';

/** What people ask about routing. */
export interface RoutingReader extends ExampleReader {
  /** Runs of the workspace that wait for agents, or for room in the workspace, in the order in which room is given out; before them those that have an agent. */
  line(workspace: string, limit: number, after?: PlaceInLine): Promise<LinePlace[]>;
  /** How attempts of the period were decided, and what came of them: the latest turns and grants, `limit` of these. */
  decided(workspace: string, period: MetricsPeriod, limit: number): Promise<DecidedAttempt[]>;
  /** Why attempts of a task and of its items went to their agents, oldest first. */
  assignments(workspace: string, session: string, task: string): Promise<StoredAssignment[]>;
  /** What attempts of a task and of its items came to, oldest first. */
  outcomes(workspace: string, session: string, task: string): Promise<StoredOutcome[]>;
}

export interface StoredOutcome {
  run: string;
  attempt: number;
  agent: string;
  verdict: Verdict;
  /** Null where it never began. */
  durationMs: number | null;
  /** Null where nobody knows. */
  costUsd: number | null;
  tokens: number | null;
  model: string | null;
  work: ReportedWork | null;
  /** Whose results it was given; null where nobody knows. */
  handoffs: Handoff[] | null;
  error: string | null;
}

/** What the line is ordered by. `at`: when its first page was read, for waiting makes more urgent; `rank`: granted, urgent, or neither. */
export type PlaceInLine = [
  at: number,
  rank: number,
  level: number,
  path: number,
  since: number,
  session: string,
  run: string,
];

export interface LinePlace {
  session: string;
  run: string;
  attempt: number;
  /** 1 (most urgent) to 5, as the plan says; waiting makes it more urgent. */
  priority: number;
  /** Milliseconds since 1970. */
  since: number;
  /** In words. */
  waitsFor: string;
  /** An agent has been given to it, and its session has not taken that in yet. */
  isGranted: boolean;
  place: PlaceInLine;
}

export interface StoredAssignment {
  run: string;
  attempt: number;
  /** Milliseconds since 1970. */
  at: number;
  assignment: Assignment;
}
