import type { OrchestraClient } from '../client/orchestra-client';
import type { StartOptions } from '../client/start-session';
import type { AgentBehaviours } from '../contracts/ports/agent-behaviours';
import type { AgentBreakers } from '../contracts/ports/agent-breakers';
import type { AgentRegistry } from '../contracts/ports/agent-registry';
import type { AgentRelationshipReader } from '../contracts/ports/agent-relationships';
import type { AgentRecoveries } from '../contracts/ports/agent-recoveries';
import type { AgentSecrets } from '../contracts/ports/agent-secrets';
import type { AgentTokenStore } from '../contracts/ports/agent-tokens';
import type { AlertHistoryEntry, AlertStore } from '../contracts/ports/alert-store';
import type { ApiTokenStore } from '../contracts/ports/api-tokens';
import type { ArtifactStore } from '../contracts/ports/artifact-store';
import type { AuditLog } from '../contracts/ports/audit-log';
import type { HealthStore } from '../contracts/ports/health-store';
import type { HostStore } from '../contracts/ports/host-store';
import type { IdempotencyStore } from '../contracts/ports/idempotency-store';
import type { MetricsReader } from '../contracts/ports/metrics-reader';
import type { Optimisation } from '../contracts/ports/optimisation';
import type { PlanStore } from '../contracts/ports/plan-store';
import type { PlanVersions } from '../contracts/ports/plan-versions';
import type { WebhookMessages } from '../contracts/ports/webhook-messages';
import type { RoutingReader } from '../contracts/ports/routing-reader';
import type { WorkspaceCodec } from '../contracts/ports/workspace-codec';
import type { WorkspaceStore } from '../contracts/ports/workspace-store';
import type { Role } from '../domain/access/roles';
import type { TaskScope } from '../domain/access/task-scope';
import type { AgentKey } from '../domain/agents/agent';
import type { HealthReport } from '../domain/health/report';
import type { Plan } from '../domain/plan/plan';
import type { Roster } from '../domain/routing/roster';
import type { TermSettings } from '../domain/routing/attempt-terms';
import type { RoutingSettings } from '../domain/routing/settings';
import type { LiveEvents } from './live/live-stream';
import type { Recognise } from './principal';

/** What the routes of people and their programs need of the installation. All that is asked for says the workspace. */
export interface Gateway {
  recognise: Recognise;
  idempotency: IdempotencyStore;
  /** The SDK, for one workspace. */
  clientOf(workspace: string): OrchestraClient;
  audit: Pick<AuditLog, 'list' | 'verify' | 'export'>;
  codec: WorkspaceCodec;
  agents: AgentRegistry;
  behaviours: Pick<AgentBehaviours, 'unusual'>;
  breakers: Pick<AgentBreakers, 'quarantine' | 'reset' | 'events'>;
  relationships: AgentRelationshipReader;
  recoveries: Pick<AgentRecoveries, 'request' | 'alert' | 'stateOf'>;
  agentSecrets: Pick<AgentSecrets, 'set' | 'list' | 'remove'> & {
    /** Those of webhooks as well. Resolves with how many had another key, when the request of the `seed` came first. */
    rotate(workspace: string, seed?: string): Promise<number>;
  };
  agentTokens: Pick<AgentTokenStore, 'list' | 'revoke'>;
  /** Makes a token, which is not kept; with the `seed` of another request, that one with another secret. Throws AGENT_NOT_FOUND. */
  createAgentToken(
    agent: AgentKey,
    expiresAt: number | null,
    seed: string | undefined,
  ): Promise<{ id: string; token: string }>;
  alerts: Pick<AlertStore, 'set' | 'list' | 'get' | 'remove' | 'acknowledge' | 'history'> & {
    /** Sends a message to all receivers of alerts, or one, now; one for a `seed`, which is of the request. Throws ALERT_NOT_FOUND. */
    test(workspace: string, webhook?: string, seed?: string): Promise<AlertHistoryEntry['deliveries']>;
  };
  optimisationOf(workspace: string): Optimisation;
  hosts: Pick<HostStore, 'list' | 'remove'>;
  artifacts: Pick<ArtifactStore, 'getJson'>;
  webhooks: WebhookMessages;
  plans: Pick<PlanStore, 'load'>;
  planVersions: PlanVersions;
  routing: RoutingReader;
  metrics: MetricsReader;
  workspaces: WorkspaceStore;
  /** Its administrators are those of the installation. */
  homeWorkspace: string;
  apiTokens: Pick<ApiTokenStore, 'list' | 'revoke'>;
  createApiToken(
    workspace: string,
    token: { name: string; role: Role; expiresAt: number; scope?: TaskScope },
    seed: string | undefined,
  ): Promise<{ id: string; token: string }>;
  health: Pick<HealthStore, 'events'> & {
    /** What a health worker found last; else what is found now. */
    report(workspace: string): Promise<HealthReport>;
  };
  /** The agents of all registries as they are now, and how the workspace has its tasks routed. */
  routingOf(workspace: string): Promise<{ roster: Roster; settings: RoutingSettings; termSettings: TermSettings }>;
  live: LiveEvents;
  documentsOf(plan: Plan): StartOptions['documents'];
  /** Folder that relative paths of plans are resolved against, on the machines of the agents. */
  baseDirectory: string;
  /** Names of the servers that cannot be reached. */
  missingServers(): Promise<string[]>;
  /** Milliseconds since 1970. */
  now(): number;
}
