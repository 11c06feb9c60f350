import type { MetricUnit } from './metrics';

/** From what is least urgent on. `unknown`: nobody can tell, which is neither well nor bad. */
export const findingStatuses = ['unknown', 'ok', 'warning', 'critical'] as const;
export type FindingStatus = (typeof findingStatuses)[number];

export function isBad(status: FindingStatus): boolean {
  return status === 'warning' || status === 'critical';
}

/** The checks, and the part of the score that each counts in. */
export const checks = {
  database: 'database',
  'database-latency': 'database',
  'database-connections': 'database',
  temporal: 'temporal',
  'temporal-latency': 'temporal',
  workers: 'workers',
  backlog: 'workers',
  schedule: 'workers',
  disk: 'resources',
  'event-loop': 'resources',
  memory: 'resources',
  leases: 'work',
  reservations: 'work',
  'untaken-outcomes': 'work',
  'unlearned-outcomes': 'work',
  agents: 'work',
} as const;
export type CheckName = keyof typeof checks;
export type Part = (typeof checks)[CheckName];

/** What a check came to. */
export interface Finding {
  check: CheckName;
  /** What was looked at, where a check looks at several: a queue, a process. Else empty. */
  subject: string;
  status: FindingStatus;
  /** Null where nothing could be measured. */
  measured: number | null;
  /** What it is judged by: the limit that was passed, or else the one of a warning; null where there is no number to it. */
  threshold: number | null;
  unit: MetricUnit;
  /** In plain words, a sentence. */
  message: string;
  /** What to do; null where all is well. */
  action: string | null;
}

/** Names a finding among those of a sweep, and of the sweeps before. */
export function findingKey({ check, subject }: Pick<Finding, 'check' | 'subject'>): string {
  return subject === '' ? check : `${check}/${subject}`;
}
