import type { CheckName, Finding, FindingStatus } from './finding';
import { findingKey } from './finding';
import type {
  Measurements,
  ProcessReport,
  QueueMeasurement,
  ScheduleMeasurement,
  WorkMeasurement,
} from './measurements';
import { isStated, isUnreachable } from './measurements';
import type { MetricUnit } from './metrics';
import { databaseDiskAction } from './predictions';
import type { Threshold } from './thresholds';
import { judge, thresholds } from './thresholds';
import { amountWords } from './words';

/** What the findings of the sweep before said, by key: what is a little better since is not yet well. */
export type StatusesBefore = ReadonlyMap<string, FindingStatus>;

/** Judges a sweep: one finding for each thing that was looked at, in the order of the checks. */
export function runChecks(measured: Measurements, before: StatusesBefore): Finding[] {
  return [
    ...databaseFindings(measured, before),
    ...temporalFindings(measured, before),
    ...measured.queues.flatMap((queue) => queueFindings(queue, measured, before)),
    ...measured.schedules.map((schedule) => scheduleFinding(schedule, measured.at, before)),
    ...diskFindings(measured, before),
    ...processFindings(measured, before),
    ...workFindings(measured, before),
  ];
}

interface Judged {
  check: CheckName & keyof typeof thresholds;
  subject?: string;
  unit: MetricUnit;
  value: number;
  /** A sentence, for a measured value in words. */
  says: (value: string) => string;
  action: string;
}

function judged({ check, subject = '', unit, value, says, action }: Judged, before: StatusesBefore): Finding {
  const threshold: Threshold = thresholds[check];
  const status = judge(value, threshold, before.get(findingKey({ check, subject })));
  return {
    check,
    subject,
    status,
    measured: value,
    threshold: status === 'critical' ? threshold.critical : threshold.warning,
    unit,
    message: says(amountWords(unit, value)),
    action: status === 'ok' ? null : action,
  };
}

function known(
  check: CheckName,
  subject: string,
  status: FindingStatus,
  message: string,
  action: string | null,
): Finding {
  return { check, subject, status, measured: null, threshold: null, unit: 'count', message, action };
}

function databaseFindings({ database }: Measurements, before: StatusesBefore): Finding[] {
  if (isUnreachable(database)) {
    const message = `PostgreSQL does not answer: ${database.problem}`;
    return [known('database', '', 'critical', message, 'Start it, and see `orchestra doctor`.')];
  }
  const { latencyMs, connections, maxConnections, sizeBytes } = database;
  const size = amountWords('bytes', sizeBytes);
  return [
    known('database', '', 'ok', `PostgreSQL answers; the database has ${size}.`, null),
    judged(
      {
        check: 'database-latency',
        unit: 'ms',
        value: latencyMs,
        says: (value) => `A query of PostgreSQL takes ${value}.`,
        action: 'Look at what else runs on its machine, and at its disk.',
      },
      before,
    ),
    judged(
      {
        check: 'database-connections',
        unit: 'share',
        value: connections / maxConnections,
        says: (value) => `${connections} of ${maxConnections} connections of PostgreSQL are taken (${value}).`,
        action: 'Raise max_connections of PostgreSQL, or stop an `orchestra worker` that is not needed.',
      },
      before,
    ),
  ];
}

function temporalFindings({ temporal }: Measurements, before: StatusesBefore): Finding[] {
  if (isUnreachable(temporal)) {
    const message = `Temporal does not answer: ${temporal.problem}`;
    return [known('temporal', '', 'critical', message, 'Start it, and see `orchestra doctor`.')];
  }
  return [
    known('temporal', '', 'ok', 'Temporal answers.', null),
    judged(
      {
        check: 'temporal-latency',
        unit: 'ms',
        value: temporal.latencyMs,
        says: (value) => `A request to Temporal takes ${value}.`,
        action: 'Look at what else runs on its machine, and at its database.',
      },
      before,
    ),
  ];
}

/** Sessions stand still without the workers of two roles; without the others, they run on. */
function queueFindings(
  { role, queue, isPolled, backlog, oldestMs }: QueueMeasurement,
  { work }: Measurements,
  before: StatusesBefore,
): Finding[] {
  const start = `Start one: \`orchestra worker ${role}\`.`;
  if (!isPolled) {
    const isWaitedFor = (role === 'sessions' || role === 'agents') && (work === null || work.openSessions > 0);
    const message = `No worker takes ${role} from the task queue ${queue}${isWaitedFor ? ', and sessions wait' : ''}.`;
    return [known('workers', role, isWaitedFor ? 'critical' : 'warning', message, start)];
  }
  return [
    known('workers', role, 'ok', `Workers take ${role} from the task queue ${queue}.`, null),
    ...(oldestMs === null
      ? []
      : [
          judged(
            {
              check: 'backlog',
              subject: role,
              unit: 'ms',
              value: oldestMs,
              says: (value) => `${backlog ?? 0} tasks wait for a worker of ${role}, the oldest for ${value}.`,
              action: `Start one more: \`orchestra worker ${role}\`.`,
            },
            before,
          ),
        ]),
  ];
}

/** A run may take a while, and the next one waits for it. */
const shortestIntervalMs = 60_000;

function scheduleFinding(
  { role, id, state, everyMs, lastRunAt }: ScheduleMeasurement,
  now: number,
  before: StatusesBefore,
): Finding {
  const start = `Start a worker, which makes it: \`orchestra worker ${role}\`.`;
  if (state === 'missing' || lastRunAt === null)
    return known('schedule', role, 'warning', `There is no schedule for ${role}.`, start);
  if (state === 'paused') {
    const action = `Let it go on: \`temporal schedule toggle --unpause --schedule-id ${id}\`.`;
    return known('schedule', role, 'warning', `Somebody has paused the schedule ${id}.`, action);
  }
  const since = amountWords('ms', Math.max(0, now - lastRunAt));
  return judged(
    {
      check: 'schedule',
      subject: role,
      unit: 'count',
      value: Math.max(0, now - lastRunAt) / Math.max(everyMs, shortestIntervalMs),
      says: () => `The schedule for ${role} ran ${since} ago; it runs every ${amountWords('ms', everyMs)}.`,
      action: `Look whether its last run hangs, and start a worker: \`orchestra worker ${role}\`.`,
    },
    before,
  );
}

function diskFindings({ disk, database }: Measurements, before: StatusesBefore): Finding[] {
  if (!disk) return [];
  if (!isStated(disk)) {
    const { path, freeBytes, totalBytes } = disk;
    return [
      judged(
        {
          check: 'disk',
          unit: 'share',
          value: freeBytes / totalBytes,
          says: (value) => `${amountWords('bytes', freeBytes)} of the disk of ${path} are free (${value}).`,
          action: 'Free some, or keep artifacts for a shorter time: ORCHESTRA_RETENTION_DAYS.',
        },
        before,
      ),
    ];
  }
  if (isUnreachable(database)) return [];
  const { statedBytes } = disk;
  const size = amountWords('bytes', database.sizeBytes);
  if (statedBytes === null) {
    const message = `How large the database may become on its disk is not known; it has ${size}.`;
    return [known('disk', '', 'unknown', message, 'State it: ORCHESTRA_DATABASE_DISK_GB.')];
  }
  return [
    judged(
      {
        check: 'disk',
        unit: 'share',
        value: Math.max(0, 1 - database.sizeBytes / statedBytes),
        says: (value) =>
          `The database has ${size} of the ${amountWords('bytes', statedBytes)} on its disk: ${value} are free.`,
        action: databaseDiskAction,
      },
      before,
    ),
  ];
}

function processFindings({ processes }: Measurements, before: StatusesBefore): Finding[] {
  return processes.flatMap((one) => [
    judged(
      {
        check: 'event-loop',
        subject: one.process,
        unit: 'ms',
        value: one.eventLoopDelayMs,
        says: (value) => `The event loop of ${one.process} (${one.roles.join(', ')}) is late by ${value}.`,
        action: 'Spread its work over more processes: `orchestra worker`.',
      },
      before,
    ),
    judged(
      {
        check: 'memory',
        subject: one.process,
        unit: 'share',
        value: Math.max(heapShareOf(one), residentShareOf(one) ?? 0),
        says: () => memoryWords(one),
        action: 'Start it anew, give it more memory, or spread its work over more processes: `orchestra worker`.',
      },
      before,
    ),
  ]);
}

const heapShareOf = ({ heapUsedBytes, heapLimitBytes }: ProcessReport): number => heapUsedBytes / heapLimitBytes;

/** Undefined where it does not say how much there is. */
const residentShareOf = ({ residentBytes, memoryLimitBytes }: ProcessReport): number | undefined =>
  memoryLimitBytes === null ? undefined : residentBytes / memoryLimitBytes;

function memoryWords(one: ProcessReport): string {
  const [heap, resident] = [amountWords('bytes', one.heapUsedBytes), amountWords('bytes', one.residentBytes)];
  const share = residentShareOf(one);
  const ofHeap = `${one.process} (${one.roles.join(', ')}) uses ${heap} of its heap (${amountWords('share', heapShareOf(one))})`;
  if (share === undefined) return `${ofHeap}, and ${resident} in all.`;
  const limit = amountWords('bytes', one.memoryLimitBytes ?? 0);
  return `${ofHeap}, and ${resident} of the ${limit} of memory that there are for it (${amountWords('share', share)}).`;
}

function workFindings({ work }: Measurements, before: StatusesBefore): Finding[] {
  if (!work) return [];
  const counted = (
    check: 'leases' | 'reservations' | 'untaken-outcomes',
    value: number,
    says: (value: string) => string,
  ): Finding =>
    judged(
      { check, unit: 'count', value, says, action: 'See to it that one runs: `orchestra worker sessions`.' },
      before,
    );
  return [
    counted('leases', work.leakedLeases, (value) => `${value} leases were not released in their time.`),
    {
      ...counted(
        'reservations',
        work.leakedReservations,
        (value) => `${value} budgets have more reserved than what is in flight.`,
      ),
      ...(work.leakedReservations > 0 && { action: 'Compare `orchestra budget show` with `orchestra sessions list`.' }),
    },
    counted('untaken-outcomes', work.untakenOutcomes, (value) => `${value} outcomes wait for their session to hear.`),
    ...(work.oldestUnlearnedMs === null
      ? []
      : [
          judged(
            {
              check: 'unlearned-outcomes',
              unit: 'ms',
              value: work.oldestUnlearnedMs,
              says: (value) => `The oldest outcome that was not learned from is ${value} old.`,
              action: 'Start a worker: `orchestra worker learning`.',
            },
            before,
          ),
        ]),
    ...agentFindings(work),
  ];
}

function agentFindings({ unusualAgents }: WorkMeasurement): Finding[] {
  if (unusualAgents.length === 0) return [known('agents', '', 'ok', 'No agent does worse than it did.', null)];
  return unusualAgents.map(({ agent, whys }) =>
    known(
      'agents',
      agent,
      'warning',
      `${agent} ${whys.join('; it ')}.`,
      `Look at it: \`orchestra agents show ${agent}\`.`,
    ),
  );
}
