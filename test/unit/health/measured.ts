import type { Measurements, WorkMeasurement } from '../../../src/domain/health/measurements';

export const now = Date.UTC(2026, 2, 10, 12);

export const work = (changes: Partial<WorkMeasurement> = {}): WorkMeasurement => ({
  openSessions: 1,
  running: 2,
  waiting: 0,
  leakedLeases: 0,
  leakedReservations: 0,
  untakenOutcomes: 0,
  oldestUnlearnedMs: null,
  unusualAgents: [],
  unavailableAgents: 0,
  budgets: [],
  ...changes,
});

const queue = (role: 'sessions' | 'agents') => ({ role, queue: 'orchestra', isPolled: true, backlog: 0, oldestMs: 0 });

/** A system in which all is well. */
export const measured = (changes: Partial<Measurements> = {}): Measurements => ({
  at: now,
  database: { latencyMs: 1, connections: 10, maxConnections: 100, sizeBytes: 1e7 },
  temporal: { latencyMs: 3 },
  queues: [queue('sessions'), queue('agents')],
  schedules: [
    { role: 'learning', id: 'orchestra.learning', state: 'running', everyMs: 15_000, lastRunAt: now - 5_000 },
  ],
  disk: { path: '/data', freeBytes: 5e10, totalBytes: 1e11 },
  processes: [
    {
      process: 'box/1',
      roles: ['sessions'],
      eventLoopDelayMs: 2,
      residentBytes: 2e8,
      heapUsedBytes: 1e8,
      heapLimitBytes: 2e9,
      memoryLimitBytes: 8e9,
    },
  ],
  work: work(),
  ...changes,
});
