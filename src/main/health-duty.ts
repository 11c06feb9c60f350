import { checkSystem } from '../activities/health/check-system';
import type { HealthActivities } from '../contracts/protocol/activities';
import { healthQueue } from '../contracts/protocol/queues';
import { createHealthStore } from '../stores/health';
import type { Installation } from './installation';
import type { Report } from './report';
import type { ScheduledDuty } from './scheduled-duty';
import { createServerProbe } from './server-probe';

/** Looks at everything, and tells what changed. */
export function healthDuty(installation: Installation, report: Report): ScheduledDuty {
  const { pool, configuration } = installation;
  const dependencies = {
    store: createHealthStore(pool),
    servers: createServerProbe(installation),
    workspace: configuration.workspace,
    tell: (workspace: string, { type, to, message }: { type: string; to: string; message: string }) =>
      report(`Health of ${workspace}: ${type === 'finding-changed' ? `${to}: ` : ''}${message}`),
    now: Date.now,
  };
  const activities: HealthActivities = { checkSystem: (sweep) => checkSystem(dependencies, sweep) };
  return {
    name: 'Health',
    workflow: 'checkHealth',
    taskQueue: healthQueue(configuration.taskQueue),
    activities,
    everyMs: configuration.healthIntervalMs,
  };
}
