import type { Balance } from '../budget/accounts';

/** What a sweep has measured. Times in milliseconds since 1970; what could not be measured says why. */
export interface Measurements {
  at: number;
  database: DatabaseMeasurement | Unreachable;
  temporal: { latencyMs: number } | Unreachable;
  queues: readonly QueueMeasurement[];
  schedules: readonly ScheduleMeasurement[];
  /** What the database is kept on; null where it could not be looked at. */
  disk: FolderDisk | DatabaseDisk | null;
  processes: readonly ProcessReport[];
  /** Null where PostgreSQL cannot be asked. */
  work: WorkMeasurement | null;
}

export interface Unreachable {
  problem: string;
}

/** Of the data folder of embedded servers. */
export interface FolderDisk {
  path: string;
  freeBytes: number;
  totalBytes: number;
}

/** Of a database elsewhere, whose disk nobody here can look at: how large it may become there, as somebody stated it; null where nobody did. */
export interface DatabaseDisk {
  statedBytes: number | null;
}

export interface DatabaseMeasurement {
  latencyMs: number;
  connections: number;
  maxConnections: number;
  sizeBytes: number;
}

/** What somebody has to take from a task queue. */
export type WorkerRole = 'sessions' | 'agents' | 'learning' | 'health';

export interface QueueMeasurement {
  role: WorkerRole;
  queue: string;
  /** Whether somebody asked for work lately. */
  isPolled: boolean;
  /** What waits for a worker, as Temporal estimates it; null where it does not say. */
  backlog: number | null;
  /** For how long the oldest of it has waited. */
  oldestMs: number | null;
}

export interface ScheduleMeasurement {
  role: 'learning' | 'health';
  /** Temporal's id of it. */
  id: string;
  /** `missing`: no worker of the role has ever been started. */
  state: 'running' | 'paused' | 'missing';
  everyMs: number;
  /** Since when it should have run: its last run, else when it was made; null where it is missing. */
  lastRunAt: number | null;
}

/** What a process says of itself. */
export interface ProcessReport {
  /** `machine/pid`. */
  process: string;
  roles: readonly string[];
  /** The 99th percentile since its report before, beyond what the timer takes anyhow. */
  eventLoopDelayMs: number;
  residentBytes: number;
  heapUsedBytes: number;
  heapLimitBytes: number;
  /** What there is for it: of its container, where that is limited, else of the machine; null where it does not say. */
  memoryLimitBytes: number | null;
}

/** What is on its way, and what got stuck. */
export interface WorkMeasurement {
  openSessions: number;
  /** Attempts in flight. */
  running: number;
  /** Runs in the waiting line. */
  waiting: number;
  /** Leases that have long expired, or whose session has ended, and which nobody has released. */
  leakedLeases: number;
  /** Accounts of budgets that have more reserved than the attempts in flight. */
  leakedReservations: number;
  /** Outcomes that no session has taken in for a minute. */
  untakenOutcomes: number;
  /** The age of the oldest outcome that was not learned from; null where all were, or nothing learns here. */
  oldestUnlearnedMs: number | null;
  /** Agents that were at work in the last day and do worse than they did: in words that follow their name. */
  unusualAgents: readonly { agent: string; whys: readonly string[] }[];
  /** Agents of the workspace's registry that are offline or in error, in quarantine too. */
  unavailableAgents: number;
  /** Limits of the workspace that count now. */
  budgets: readonly Balance[];
}

export function isUnreachable(measured: object): measured is Unreachable {
  return 'problem' in measured;
}

/** Whether the disk is that of a database elsewhere. */
export function isStated(disk: FolderDisk | DatabaseDisk): disk is DatabaseDisk {
  return 'statedBytes' in disk;
}
