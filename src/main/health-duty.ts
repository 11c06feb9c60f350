import { checkSystem } from '../activities/health/check-system';
import { createLookAtAgent } from '../activities/health/look-at-agent';
import { deliverAlerts } from '../activities/alerts/deliver-alerts';
import { judgeAlerts } from '../activities/alerts/judge-alerts';
import { recentMetrics } from '../activities/alerts/recent-metrics';
import { probeAgents } from '../activities/health/probe-agents';
import { createConnectors } from '../connectors/create-connectors';
import type { HealthActivities } from '../contracts/protocol/activities';
import { healthQueue } from '../contracts/protocol/queues';
import type { AgentKey } from '../domain/agents/agent';
import { agentId } from '../domain/agents/agent-ref';
import type { AgentEvent } from '../domain/health/agent-event';
import { createAgentBehaviours } from '../stores/agent-behaviours';
import { createAgentProbes } from '../stores/agent-probes';
import { createAgentRecoveries } from '../stores/agent-recoveries';
import type { AlertFacts } from '../domain/alerts/measure-alert';
import type { Installation } from './installation';
import type { Report } from './report';
import type { ScheduledDuty } from './scheduled-duty';
import { idleProbeMs, probeTimeLimitMs } from './recovery';
import { createServerProbe } from './server-probe';
import { webhookSender } from './webhook-sender';

function runsNothing(): never {
  throw new Error('Agents are looked at by the health worker, and run elsewhere.');
}

/** Looks at everything, and tells what changed. */
export function healthDuty(
  installation: Installation,
  hostEnvironment: NodeJS.ProcessEnv,
  report: Report,
): ScheduledDuty {
  const { pool, health: store, alerts, webhooks, configuration } = installation;
  const metrics = recentMetrics(installation.metrics);
  const send = webhookSender(configuration);
  const dependencies = {
    store,
    behaviours: createAgentBehaviours(pool),
    servers: createServerProbe(installation),
    workspace: configuration.workspace,
    tell: (workspace: string, { type, to, message }: { type: string; to: string; message: string }) =>
      report(
        `${type.startsWith('alert-') ? 'Alert' : 'Health'} of ${workspace}: ${type === 'finding-changed' ? `${to}: ` : ''}${message}`,
      ),
    tellOfAgent: (agent: AgentKey, { why }: AgentEvent) => report(`Agent ${agentId(agent)}: ${why ?? ''}.`),
    judgeAlerts: (workspace: string, sweep: { id: string; at: number }, facts: AlertFacts) =>
      judgeAlerts({ alerts, metrics }, workspace, sweep, facts),
    deliverAlerts: () => deliverAlerts({ webhooks, send }),
    now: Date.now,
  };
  const probing = {
    probes: createAgentProbes(pool),
    recoveries: createAgentRecoveries(pool),
    look: createLookAtAgent(
      createConnectors({
        hostEnvironment,
        now: Date.now,
        processGroups: { watch: runsNothing, end: runsNothing },
        functions: { call: runsNothing, close: runsNothing },
        functionDirectories: [],
      }),
    ),
    scope: 'services' as const,
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
