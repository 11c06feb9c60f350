import type { AgentKey } from '../../domain/agents/agent';
import type { MeasuredDurations } from '../../domain/prediction/measured-durations';
import type { RunRecord } from '../../domain/prediction/restore-state';
import type { SessionStatus } from '../../domain/session/state';

/** What forecasts of sessions are made from, and where they are kept. */
export interface ForecastStore {
  /** Open sessions that have moved since their forecast, or that take longer than it said; those whose forecast is oldest come first. */
  due(limit: number): Promise<DueSession[]>;
  runs(workspace: string, session: string): Promise<RunRecord[]>;
  /** Of the latest attempts of each task, in sessions of plans of this name. Tasks of which nothing is measured are left out. */
  measured(workspace: string, plan: string, tasks: readonly string[]): Promise<MeasuredTask[]>;
  /** Durations of the latest successes of an agent of a registry, whatever it did in the workspace. */
  durationsOf(workspace: string, agent: AgentKey): Promise<MeasuredDurations>;
  /** What conditions and lists of the tasks came to in earlier sessions of plans of this name. */
  earlier(workspace: string, plan: string, tasks: readonly string[], except: string): Promise<EarlierTask[]>;
  /** Places that others leave the session at agents of registries. */
  places(workspace: string, session: string, agents: readonly AgentKey[]): Promise<(AgentKey & { places: number })[]>;
  /** What is in flight at these agents, and in the line for any of them, in all sessions of the workspace: some hundreds of each, the oldest first. */
  shared(workspace: string, agents: readonly AgentKey[]): Promise<SharedWork>;
  /** What these sessions have not begun yet, and which share of their attempts so far these agents did. */
  ahead(workspace: string, sessions: readonly string[], agents: readonly AgentKey[]): Promise<SessionAhead[]>;
  put(forecasts: readonly NewForecast[]): Promise<void>;
}

/** Agents are indices into those that were asked about; times are milliseconds since 1970. */
export interface SharedWork {
  /** `begunAt`: null while no worker has begun it. */
  running: { session: string; agent: number; begunAt: number | null }[];
  /** `agents`: that have what the run asks for. */
  waiting: { session: string; run: string; agents: number[]; since: number }[];
}

export interface SessionAhead {
  session: string;
  open: number;
  /** 0–1. */
  share: number;
}

export interface DueSession {
  workspace: string;
  id: string;
  planName: string;
  planHash: string;
  status: SessionStatus;
  turn: number;
  /** Milliseconds since 1970, here and below. */
  startedAt: number;
  /** By the clock of the database. */
  now: number;
}

export interface MeasuredTask {
  task: string;
  durations: MeasuredDurations;
  failures: MeasuredDurations;
  /** Agents of registries that did it. */
  agents: AgentKey[];
}

export interface EarlierTask {
  task: string;
  held: number;
  failed: number;
  items: number[];
}

export interface NewForecast {
  workspace: string;
  session: string;
  at: number;
  turn: number;
  remainingMs: { p50: number; p90: number } | null;
  /** Why there is none. */
  reason: string | null;
}
