import type { LeaseTerms } from '../../domain/routing/attempt-terms';
import type { Verdict } from '../../domain/verdict';
import type { Evidence } from '../../domain/evidence';
import type { RunResult } from '../../domain/plan/task-results';
import type { TaskKind } from '../../domain/learning/task-kind';
import type { ReportedWork } from '../../domain/usage/reported-work';
import type { RunTaskInput } from '../protocol/activities';
import type { Artifact } from './artifact-store';

/** Leases and outcomes of attempts, as an agent worker sees them. Calls that come together share a statement. */
export interface AttemptStore {
  /** Begins the attempt for this holder, unless it was begun, ended or withdrawn before. Repeating a call repeats its answer. */
  begin(attempt: RunTaskInput, holder: string): Promise<Beginning>;
  /**
   * Stores what the attempt came to, releases its lease and settles its reservation. One that was given up as lost in the
   * meantime has its cost recorded and its result dropped.
   */
  settle(settlement: Settlement): Promise<void>;
  /** Extends the leases of running attempts and reports their progress; returns those that are to stop: cancelled, or given up as lost. */
  extend(leases: LeaseExtension[], leaseMs: number): Promise<LeaseExtension[]>;
}

export type Beginning =
  | { kind: 'begun'; attempt: BegunAttempt }
  /** Its agent comes for it: it is to be offered, and begins when it is claimed. */
  | { kind: 'remote'; attempt: Pick<BegunAttempt, 'planHash' | 'timeoutMs'> }
  /** It has been done before: this is what it came to. */
  | { kind: 'settled'; verdict: Verdict; retryable: boolean; retryAfterMs?: number }
  /** It runs elsewhere, was withdrawn, or its grant has expired. */
  | { kind: 'refused' };

export interface BegunAttempt extends LeaseTerms {
  planName: string;
  planHash: string;
  inputsHash: string;
  baseDirectory: string;
  agent: string;
  /** Whose registry has the agent; absent for an agent of the plan. */
  agentWorkspace?: string;
  leaseMs: number;
  /** Told to stop before it began. */
  isCancelled: boolean;
  /** No agent of the registry, no budget and no resources: what settles it locks nothing that somebody else may wait for. */
  locksNothingShared?: true;
  /** What the tasks have come to that it was begun with. */
  upstream?: readonly RunResult[];
}

export interface Settlement {
  attempt: RunTaskInput;
  planName: string;
  verdict: Verdict;
  retryable: boolean;
  retryAfterMs?: number;
  /** Milliseconds since 1970. */
  startedAt: number;
  endedAt: number;
  /** Stored by the settlement. */
  output?: Artifact;
  error?: string;
  evidence: Evidence[];
  /** Unknown where absent. */
  tokens?: number;
  costUsd?: number;
  /** Of the tokens: read and written by the model, and those of the read ones that came from a cache. */
  inputTokens?: number;
  outputTokens?: number;
  cachedInputTokens?: number;
  /** How good the output is, 0–1, where the gate of its task measures that. */
  quality?: number;
  /** That the agent reports, or was told to use. */
  model?: string;
  work?: ReportedWork;
  /** Where the plan alone does not tell it. */
  taskKind?: TaskKind;
  /** Of what the task gave its agent: the rendered prompt, and the input as JSON. Unknown where absent: it could not be rendered, or was lost. */
  inputBytes?: number;
  /** Tasks whose results it was given; unknown where absent. */
  needs?: readonly string[];
}

export interface LeaseExtension {
  workspace: string;
  session: string;
  run: string;
  attempt: number;
  token: number;
  percent?: number;
  message?: string;
}
