import type { Json, JsonObject } from '../../domain/json';
import type { Progress } from '../../domain/session/progress';
import type { SessionState, SessionStatus, TaskStatus } from '../../domain/session/state';
import type { RequestReply, SessionSettings } from '../protocol/session';
import type { Page } from './page';

/** The read model of sessions, and the rows that a new one needs. */
export interface SessionCatalog {
  /** Adds the session and its inputs; false where the id is taken. */
  add(session: NewSession): Promise<boolean>;
  find(workspace: string, id: string): Promise<SessionOverview | undefined>;
  /** Newest first; child sessions are left out unless asked for. */
  list(workspace: string, options: SessionFilter): Promise<SessionOverview[]>;
  /** In plan order; items of fan-outs follow their task. */
  runs(workspace: string, id: string, page?: Page<PlaceInPlan>): Promise<PlacedRun[]>;
  /** Outputs by hash of the last accepted success, by run key; with `run`, of that one only. */
  outputs(workspace: string, id: string, run?: string): Promise<Map<string, Json>>;
  /** The session's log after the row `afterSeq`, oldest first. */
  log(workspace: string, id: string, afterSeq: number, limit: number): Promise<LogRow[]>;
  /** What a turn answered to the request with this id, with the present status; undefined where none has taken it in. */
  answerTo(workspace: string, id: string, requestId: string): Promise<RequestReply | undefined>;
  /** The state that the session ended with, to reopen it from. */
  snapshot(workspace: string, id: string): Promise<{ turn: number; state: SessionState } | undefined>;
}

/** What runs are ordered by. */
export type PlaceInPlan = [position: number, item: number];

export interface PlacedRun extends RunOverview {
  /** Of its task, in the plan. */
  position: number;
}

export interface SessionFilter {
  limit: number;
  status?: SessionStatus;
  withChildren?: boolean;
  /** The last session of the page before. */
  after?: string;
}

export interface NewSession {
  workspace: string;
  id: string;
  planName: string;
  planHash: string;
  inputs: JsonObject;
  baseDirectory: string;
  mode: string;
  settings: SessionSettings;
  progress: Progress;
}

export interface SessionOverview {
  workspace: string;
  id: string;
  planName: string;
  planHash: string;
  /** Of the plan that it was started with: another one where it was edited since. */
  firstPlanHash: string;
  status: SessionStatus;
  progress: Progress;
  settings: SessionSettings;
  /** Milliseconds since 1970, here and below. */
  createdAt: number;
  startedAt: number | null;
  endedAt: number | null;
  outputs: JsonObject | null;
  error: string | null;
  parentSession: string | null;
  /** Its workflow was ended outside of Agent Orchestra, and left no state to go on from. */
  isAbandoned: boolean;
  turn: number;
  /** The latest one; null where none has been made yet, and for a session that has ended. */
  forecast: SessionForecast | null;
}

/** When an open session will have ended, as far as anybody knew then: in half of the simulated sessions by `p50`, in nine of ten by `p90`. */
export type SessionForecast = {
  /** When it was made. */
  at: number;
} & ({ p50: number; p90: number; reason: null } | { p50: null; p90: null; reason: string });

export interface RunOverview {
  run: string;
  task: string;
  /** -1 for the task itself. */
  item: number;
  status: TaskStatus;
  reason: string | null;
  agent: string | null;
  attempts: number;
  /** Items of a fan-out, or racers of a race. */
  items: number | null;
  isRace: boolean;
  queuedAt: number | null;
  startedAt: number | null;
  endedAt: number | null;
  error: string | null;
  /** What the agent says of its attempt in flight. */
  progressPercent: number | null;
  progressMessage: string | null;
  /** Of a run in line: what for, in words; with the reason `conflict`, which resources, and who has them. */
  waitsFor: string | null;
}

export interface LogRow {
  seq: number;
  at: number;
  type: string;
  run: string | null;
  attempt: number | null;
  /** What the event says beyond that; of an attempt that ended, also its `error`. */
  data: JsonObject;
}
