import { randomBytes } from 'node:crypto';
import { Client } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import type { Pool } from 'pg';
import type { ClientDependencies } from '../client/client-dependencies';
import { OrchestraClient } from '../client/orchestra-client';
import type { AgentBehaviours } from '../contracts/ports/agent-behaviours';
import type { AlertStore } from '../contracts/ports/alert-store';
import type { AgentBreakers } from '../contracts/ports/agent-breakers';
import type { AgentDirectory } from '../contracts/ports/agent-directory';
import type { RoutingReader } from '../contracts/ports/routing-reader';
import type { ScheduleStore } from '../contracts/ports/schedule-store';
import type { WebhookMessages } from '../contracts/ports/webhook-messages';
import type { WebhookStore } from '../contracts/ports/webhook-store';
import type { WorkspaceStore } from '../contracts/ports/workspace-store';
import type { WorkerCaches } from '../contracts/ports/worker-caches';
import type { AgentRecoveries } from '../contracts/ports/agent-recoveries';
import type { AgentRegistry } from '../contracts/ports/agent-registry';
import type { AgentRelationshipReader } from '../contracts/ports/agent-relationships';
import type { AgentSecrets } from '../contracts/ports/agent-secrets';
import type { AgentTokenStore } from '../contracts/ports/agent-tokens';
import type { ApiTokenStore } from '../contracts/ports/api-tokens';
import type { AuditLog } from '../contracts/ports/audit-log';
import type { HealthStore } from '../contracts/ports/health-store';
import type { HostStore } from '../contracts/ports/host-store';
import type { MetricsReader } from '../contracts/ports/metrics-reader';
import type { PlanStore } from '../contracts/ports/plan-store';
import { createAgentBehaviours } from '../stores/agent-behaviours';
import { createAgentBreakers } from '../stores/agent-breakers';
import { createAgentDirectory } from '../stores/agent-directory';
import { createAgentSecrets } from '../stores/agent-secrets';
import { createApiTokenStore } from '../stores/api-tokens';
import { createAgentTokenStore } from '../stores/agent-tokens';
import { createAgentRelationshipReader } from '../stores/agent-relationships';
import { createAgentRecoveries } from '../stores/agent-recoveries';
import { createAgentRegistry } from '../stores/agents';
import { createAlertStore } from '../stores/alerts';
import { createApprovalStore } from '../stores/approvals';
import { createArtifactStore } from '../stores/artifacts';
import type { CachingArtifactStore } from '../stores/artifacts';
import { createBudgetStore } from '../stores/budgets';
import { createConflictStore } from '../stores/conflicts';
import { createHealthStore } from '../stores/health';
import { createEventStore } from '../stores/events';
import { createFeedbackStore } from '../stores/feedback';
import { createOutcomeReportStore } from '../stores/outcome-reports';
import { createInsightCatalog } from '../stores/insights';
import { createLearningStore } from '../stores/learning';
import { createLearningsReader } from '../stores/learnings-reader';
import { createHostStore } from '../stores/hosts';
import { createMetricsReader } from '../stores/metrics';
import { createPlanStore } from '../stores/plans';
import { createPool } from '../stores/pool';
import { createRoutingReader } from '../stores/routing-reader';
import { createScheduleStore } from '../stores/schedules';
import { createWebhookMessages } from '../stores/webhook-messages';
import { createWebhookStore } from '../stores/webhooks';
import { createWorkerCaches } from '../stores/worker-caches';
import { createWorkspaceStore } from '../stores/workspaces';
import { createSessionCatalog } from '../stores/sessions';
import { createSettingsStore } from '../stores/settings';
import type { Configuration } from './configuration';
import { openAuditLog } from './audit';
import { connectTemporal } from './connect';
import type { ServerAddresses } from './connect';
import { payloadConversion } from './data-converter';
import type { PayloadConversion } from './data-converter';
import { openMemories } from './open-memories';
import { prepareDatabase } from './prepare-database';
import { preparePlan } from './prepare-plan';
import type { Report } from './report';
import { createSecretCipher } from './secret-cipher';
import { loadSecretKeys } from './secret-keys';
import { ensureSearchAttributes } from './search-attributes';
import { openTelemetry } from './telemetry';
import type { Telemetry } from './telemetry';

/** Both servers, connected and up to date, and a client for them. */
export interface Installation {
  addresses: ServerAddresses;
  configuration: Configuration;
  telemetry: Telemetry;
  connection: NativeConnection;
  temporal: Client;
  /** How what Temporal keeps is written. */
  payloads: PayloadConversion;
  audit: AuditLog;
  /** For turns, which hold a connection while they read artifacts through the other pool. */
  turnPool: Pool;
  pool: Pool;
  artifacts: CachingArtifactStore;
  plans: PlanStore;
  client: OrchestraClient;
  /** The client of a workspace. */
  clientOf(workspace: string): OrchestraClient;
  agents: AgentRegistry;
  relationships: AgentRelationshipReader;
  breakers: AgentBreakers;
  behaviours: AgentBehaviours;
  recoveries: AgentRecoveries;
  agentSecrets: AgentSecrets;
  hosts: HostStore;
  health: HealthStore;
  metrics: MetricsReader;
  alerts: AlertStore;
  webhooks: WebhookStore;
  webhookMessages: WebhookMessages;
  schedules: ScheduleStore;
  agentTokens: AgentTokenStore;
  apiTokens: ApiTokenStore;
  workspaces: WorkspaceStore;
  routing: RoutingReader;
  caches: WorkerCaches;
  /** Kept for sessions that are started from here; workers keep one that hears of changes. */
  directory: AgentDirectory;
  /** Of this process' clients. */
  starts: ClientDependencies['starts'];
  close(): Promise<void>;
}

/** Of each pool, also while nothing is to be done. */
export const keptConnections = 4;

/** Connects to both servers and migrates the database. Throws SERVER_UNAVAILABLE. */
export async function openInstallation(
  addresses: ServerAddresses,
  configuration: Configuration,
  report: Report,
): Promise<Installation> {
  let isClosing = false;
  let lastMessage = '';
  const onError = ({ message }: Error): void => {
    // Every connection says the same; and one may still be open when the server that is stopped next ends it.
    if (!isClosing && message !== lastMessage) report(`PostgreSQL: ${message}`);
    lastMessage = message;
  };
  const payloads = payloadConversion(configuration, addresses.temporal.namespace);
  await prepareDatabase(addresses.databaseUrl, configuration.databaseOwnerUrl);
  const connection = await connectTemporal(addresses);
  const { namespace } = addresses.temporal;
  const temporal = new Client({ connection, namespace, dataConverter: payloads.converter });
  const searchAttributes = await ensureSearchAttributes(temporal.connection, namespace, report).catch(
    async (error: unknown) => {
      await connection.close();
      throw error;
    },
  );
  const telemetry = await openTelemetry(configuration);
  const connections = { maxConnections: 15, keptConnections, onError };
  const pool = createPool(addresses.databaseUrl, connections);
  const turnPool = createPool(addresses.databaseUrl, connections);
  const audit = openAuditLog(pool, configuration, report);
  const artifacts = createArtifactStore(pool, { retentionDays: configuration.retentionDays });
  const plans = createPlanStore(pool, preparePlan);
  const directory = createAgentDirectory(pool);
  const shared: Omit<ClientDependencies, 'workspace'> = {
    temporal,
    catalog: createSessionCatalog(pool, { artifacts, retentionDays: configuration.retentionDays }),
    conflicts: createConflictStore(pool),
    plans,
    directory,
    approvals: createApprovalStore(pool),
    budgets: createBudgetStore(pool),
    workspaceSettings: createSettingsStore(pool),
    learning: createLearningStore(pool),
    learnings: createLearningsReader(pool, Date.now),
    feedback: createFeedbackStore(pool),
    reports: createOutcomeReportStore(pool),
    memories: openMemories(pool, configuration, report),
    insights: createInsightCatalog(pool),
    tracing: telemetry.tracing,
    events: createEventStore(pool),
    settings: {
      taskQueue: configuration.taskQueue,
      leaseMs: configuration.leaseMs,
      grantMs: configuration.grantMs,
      searchAttributes,
      continueAfterEvents: configuration.continueAfterEvents,
    },
    schedules: createScheduleStore(pool),
    starts: {},
    newId: readableId,
  };
  const clientOf = (workspace: string): OrchestraClient => new OrchestraClient({ ...shared, workspace });
  const close = async (): Promise<void> => {
    isClosing = true;
    await audit.close();
    await Promise.all([pool.end(), turnPool.end()]);
    await connection.close();
    await telemetry.close();
  };
  const agents = createAgentRegistry(pool);
  const cipher = createSecretCipher(() => loadSecretKeys(configuration));
  const agentSecrets = createAgentSecrets(pool, cipher);
  return {
    addresses,
    configuration,
    telemetry,
    connection,
    temporal,
    payloads,
    audit,
    turnPool,
    pool,
    artifacts,
    plans,
    client: clientOf(configuration.workspace),
    clientOf,
    agents,
    relationships: createAgentRelationshipReader(pool),
    breakers: createAgentBreakers(pool),
    behaviours: createAgentBehaviours(pool),
    recoveries: createAgentRecoveries(pool),
    agentSecrets,
    hosts: createHostStore(pool),
    health: createHealthStore(pool),
    metrics: createMetricsReader(pool),
    alerts: createAlertStore(pool),
    webhooks: createWebhookStore(pool, cipher),
    webhookMessages: createWebhookMessages(pool, cipher),
    schedules: shared.schedules,
    starts: shared.starts,
    agentTokens: createAgentTokenStore(pool),
    apiTokens: createApiTokenStore(pool),
    workspaces: createWorkspaceStore(pool),
    routing: createRoutingReader(pool),
    caches: createWorkerCaches(pool),
    directory,
    close,
  };
}

/** Eight characters that are easy to read aloud and to type. */
function readableId(): string {
  const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';
  return [...randomBytes(8)].map((byte) => alphabet[byte % alphabet.length]).join('');
}
