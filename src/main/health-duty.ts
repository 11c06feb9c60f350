import { checkSystem } from '../activities/health/check-system';
import { deliverAlerts } from '../activities/alerts/deliver-alerts';
import { judgeAlerts } from '../activities/alerts/judge-alerts';
import { probeAgents } from '../activities/health/probe-agents';
import { createConnectors } from '../connectors/create-connectors';
import type { HealthActivities } from '../contracts/protocol/activities';
import { healthQueue } from '../contracts/protocol/queues';
import { createAgentProbes } from '../stores/agent-probes';
import type { AlertFacts } from '../domain/alerts/measure-alert';
import type { Installation } from './installation';
import type { Report } from './report';
import type { ScheduledDuty } from './scheduled-duty';
import { createServerProbe } from './server-probe';
import { webhookSender } from './webhook-sender';

/** An agent that has done nothing for so long is looked at. */
const idleProbeMs = 10 * 60_000;

/** For an agent to answer. */
const probeTimeLimitMs = 5_000;

function runsNothing(): never {
  throw new Error('Agents are looked at by the health worker, and run elsewhere.');
}

/** Looks at everything, and tells what changed. */
export function healthDuty(
  installation: Installation,
  hostEnvironment: NodeJS.ProcessEnv,
  report: Report,
): ScheduledDuty {
  const { pool, health: store, alerts, webhooks, metrics, configuration } = installation;
  const send = webhookSender(configuration);
  const dependencies = {
    store,
    servers: createServerProbe(installation),
    workspace: configuration.workspace,
    tell: (workspace: string, { type, to, message }: { type: string; to: string; message: string }) =>
      report(
        `${type.startsWith('alert-') ? 'Alert' : 'Health'} of ${workspace}: ${type === 'finding-changed' ? `${to}: ` : ''}${message}`,
      ),
    judgeAlerts: (workspace: string, sweep: { id: string; at: number }, facts: AlertFacts) =>
      judgeAlerts({ alerts, metrics }, workspace, sweep, facts),
    deliverAlerts: () => deliverAlerts({ webhooks, send }),
    now: Date.now,
  };
  const probing = {
    probes: createAgentProbes(pool),
    connectors: createConnectors({
      hostEnvironment,
      now: Date.now,
      processGroups: { watch: runsNothing, end: runsNothing },
    }),
    policy: configuration.breaker,
    everyMs: configuration.healthIntervalMs / 2,
    idleMs: idleProbeMs,
    timeLimitMs: probeTimeLimitMs,
  };
  const activities: HealthActivities = {
    checkSystem: (sweep) => checkSystem(dependencies, sweep),
    probeAgents: () => probeAgents(probing),
  };
  return {
    name: 'Health',
    workflow: 'checkHealth',
    taskQueue: healthQueue(configuration.taskQueue),
    activities,
    everyMs: configuration.healthIntervalMs,
  };
}
