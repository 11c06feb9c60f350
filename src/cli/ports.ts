import type { Account } from './account-port';
import type { Approvals } from '../client/approvals';
import type { Budgets } from '../client/budgets';
import type { Learning } from '../client/learning';
import type { Memories } from '../client/memories';
import type { Schedules } from '../client/schedules';
import type { Settings } from '../client/settings';
import type { OrchestraClient } from '../client/orchestra-client';
import type { AgentBehaviours } from '../contracts/ports/agent-behaviours';
import type { AlertHistoryEntry, AlertOverview } from '../contracts/ports/alert-store';
import type { Optimisation } from '../contracts/ports/optimisation';
import type { Webhook } from '../contracts/ports/webhook-store';
import type { DeliveryOverview, WebhookOverview } from '../contracts/ports/webhook-messages';
import type { WebhookType } from '../domain/webhooks/message';
import type { AlertRule } from '../domain/alerts/alert-rule';
import type { AgentBreakers } from '../contracts/ports/agent-breakers';
import type { AgentRecoveries } from '../contracts/ports/agent-recoveries';
import type { AgentRegistry } from '../contracts/ports/agent-registry';
import type { AgentRelationshipReader } from '../contracts/ports/agent-relationships';
import type { AgentSecrets } from '../contracts/ports/agent-secrets';
import type { AgentTokenStore } from '../contracts/ports/agent-tokens';
import type { ApiTokenStore, NewApiToken } from '../contracts/ports/api-tokens';
import type { AuditLog, AuditQuery } from '../contracts/ports/audit-log';
import type { AuditEntry } from '../domain/audit/audit-entry';
import type { AuditVerification, StoredPlace } from '../domain/audit/verify-chain';
import type { HostStore, NewHost } from '../contracts/ports/host-store';
import type { AgentKey } from '../domain/agents/agent';
import type { Events } from '../client/events';
import type { SessionHandle } from '../client/session-handle';
import type { StartOptions } from '../client/start-session';
import type { HealthEvent, HealthReport } from '../domain/health/report';
import type { MetricsReader } from '../contracts/ports/metrics-reader';
import type { RoutingReader } from '../contracts/ports/routing-reader';
import type { WorkspaceStore } from '../contracts/ports/workspace-store';
import type { WorkerCaches } from '../contracts/ports/worker-caches';
import type { Roster } from '../domain/routing/roster';
import type { TermSettings } from '../domain/routing/attempt-terms';
import type { RoutingSettings } from '../domain/routing/settings';
import type { Plan } from '../domain/plan/plan';

/** What the commands need of the process they run in. */
export interface CommandLineHost {
  version: string;
  /** Of the machine in its network. */
  machineName: string;
  /** For paths in arguments. */
  currentDirectory: string;
  stdout: Output;
  stderr: Output;
  /** Show stacks of unexpected errors. */
  isDebugging: boolean;
  /** Milliseconds since 1970. */
  now(): number;
  /** Rejects with what is wrong, in words for people that do not name the path; see named-files.ts. */
  readText(path: string): Promise<string>;
  readTextSync(path: string): string;
  /** What is at an address of the web, up to 1 MiB of it, whatever its status. Rejects with a message for people. */
  download(url: string): Promise<{ status: number; text: string }>;
  /** Names of the files in a folder; undefined where the path leads to no folder. Rejects as the two above. */
  listFolder(path: string): Promise<string[] | undefined>;
  /** All of stdin; undefined where it is a terminal, at which nobody is asked. */
  readStdin(): Promise<string | undefined>;
  /** Lets the user edit a text at the terminal, as a file of this name. Throws USAGE where there is none. */
  editText(name: string, text: string): Promise<EditedFile>;
  /** A variable of the environment that a command was told to read. */
  readVariable(name: string): string | undefined;
  /** Hears every signal to end; returns how to stop listening. */
  onSignal(listener: (signal: EndSignal) => void): () => void;
  /** Ends this process at once; what it started is ended by its guardian. */
  exitNow(exitCode: number): void;
  /** Who runs the command, at APIs. */
  account: Account;
  /** The installation of a data folder: `--data`, else ORCHESTRA_DATA, else `.orchestra`. Throws USAGE for an unusable environment. */
  openDataFolder(path: string | undefined): DataFolder;
}

/** A file that the user has edited. */
export interface EditedFile {
  path: string;
  remove(): Promise<void>;
}

export type EndSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

export interface Output {
  /** Resolves once the text has been passed on, or dropped: after a failure nothing gets through any more. */
  write(text: string): Promise<void>;
  /** Why text was dropped; undefined while all of it got through. A reader that has gone (`| head`) is the code EPIPE. */
  failure(): NodeJS.ErrnoException | undefined;
  isTerminal: boolean;
  hasColours: boolean;
  size(): { columns: number; rows: number };
}

export interface DataFolder {
  path: string;
  /** As arguments that lead another command to the same folder: empty, or ` --data PATH`. */
  argument: string;
  /** Servers that are configured, or that another process keeps running on the folder; undefined where there are none. Throws SERVER_UNAVAILABLE. */
  openRunning(report: Report): Promise<Installation | undefined>;
  /**
   * Starts embedded servers and all workers in this process; where servers run by now, it connects to them, and where they are configured, it
   * only starts the workers. Throws EMBEDDED_START_FAILED and SERVER_UNAVAILABLE.
   */
  startLocal(purpose: 'dev' | 'run', report: Report, signal: AbortSignal): Promise<Installation>;
  /** Brings the database and the search attributes of servers that run up to date; names what was applied. Throws SERVER_UNAVAILABLE. */
  migrate(report: Report): Promise<string[] | undefined>;
  /** Looks at everything that a start needs, and changes nothing. */
  inspect(): Promise<DoctorCheck[]>;
}

export type Report = (message: string) => void;

export type WorkerRole = 'sessions' | 'agents' | 'learning' | 'health';

/** Who keeps the servers running: `orchestra dev`, another process for its own run, somebody else altogether, or this process. */
export type ServersOwner = 'dev' | 'other-run' | 'configured' | 'this-process';

/** Where an `orchestra dev` serves its API, and the file with a token for it. */
export interface DevApi {
  url: string;
  tokenFile: string;
}

/** Connected servers. */
export interface Installation {
  owner: ServersOwner;
  /** Of the owner; null for configured servers. */
  ownerPid: number | null;
  webUiUrl: string | null;
  databaseAddress: string;
  temporalAddress: string;
  client: Client;
  /** Says what goes on: a line on stderr, or of the log where there is one. */
  report: Report;
  /** Whose agents the commands are about. */
  workspace: string;
  agents: AgentRegistry;
  relationships: AgentRelationshipReader;
  breakers: Pick<AgentBreakers, 'quarantine' | 'reset' | 'events'>;
  behaviours: Pick<AgentBehaviours, 'unusual'>;
  recoveries: Pick<AgentRecoveries, 'request' | 'endOf' | 'alert'>;
  agentSecrets: AgentSecrets;
  audit: CommandAuditLog;
  hosts: Pick<HostStore, 'list' | 'remove'>;
  health: Health;
  metrics: MetricsReader;
  alerts: Alerts;
  webhooks: Webhooks;
  optimisation: Optimisation;
  agentTokens: Pick<AgentTokenStore, 'list' | 'revoke'>;
  /** Makes a token, which is not kept. Throws AGENT_NOT_FOUND. */
  createAgentToken(agent: AgentKey, expiresAt: number | null): Promise<{ id: string; token: string }>;
  apiTokens: Pick<ApiTokenStore, 'list' | 'revoke'>;
  workspaces: WorkspaceStore;
  /** Makes a token for the API, which is not kept. */
  createApiToken(token: Omit<NewApiToken, 'id' | 'hash'>): Promise<{ id: string; token: string }>;
  /** Makes the token of an administrator that stands in the data folder, and resolves with its file; the one before is valid no more. */
  makeLocalToken(): Promise<string>;
  /** Of the `orchestra dev` that keeps the servers running; null where there is none, or its API does not listen yet. */
  devApi: DevApi | null;
  /** Lets others know the API of this process, which is the `orchestra dev` that keeps the servers running. */
  keepDevApi(api: DevApi): void;
  routing: RoutingReader;
  caches: Pick<WorkerCaches, 'list'>;
  /** The agents of the registry as they are now. */
  roster(): Promise<Roster>;
  /** How the workspace has its tasks routed. */
  routingSettings(): Promise<RoutingSettings>;
  /** … and what it leaves to evidence. */
  termSettings(): Promise<TermSettings>;
  /** The session in the Temporal Web UI; null where its address is not known. */
  workflowUrl(workflowId: string): string | null;
  planDocuments(plan: Plan): StartOptions['documents'];
  /** The roles that no worker has taken work for in the last minute or so. */
  missingWorkers(): Promise<WorkerRole[]>;
  /** Runs workers in this process until the installation is closed. */
  startWorkers(roles: readonly WorkerRole[]): Promise<void>;
  /** Makes this process a host, until the installation is closed. Throws HOST_TAKEN. */
  startHost(host: HostOptions): Promise<RunningHost>;
  /** Serves the API in this process until the installation is closed, and resolves with its URL; without a port, on one that is free. */
  startApi(address: { host: string; port?: number }): Promise<string>;
  /** Whether the process that kept the servers running has ended. */
  isOwnerGone(): boolean;
  /** Marks this process as a user of servers that another run owns; false where they are about to stop. */
  enter(): Promise<boolean>;
  /** Waits until no other run uses the servers of this process, and lets none in any more; `onWait` hears once that there is one. */
  waitForOthers(onWait: () => void, signal: AbortSignal): Promise<void>;
  /** Ends the workers and servers that were started here, and the connections. */
  close(): Promise<void>;
}

/** The audit log of the workspace. */
export interface CommandAuditLog {
  list(query: AuditQuery): Promise<AuditEntry[]>;
  verify(kept: readonly StoredPlace[]): Promise<AuditVerification>;
  /** Those that this installation keeps outside of the database, and where; undefined where it keeps none. Throws USAGE. */
  keptAnchors(): Promise<{ file: string; anchors: readonly StoredPlace[] } | undefined>;
  export: (each: Parameters<AuditLog['export']>[1]) => Promise<void>;
  /** Resolves once it is kept that a command begins, with how to keep what it came to. Rejects where that cannot be. */
  begin(command: {
    action: string;
    target: Readonly<Record<string, string>>;
    reason?: string;
  }): Promise<(end: { code?: string }) => Promise<void>>;
}

/** The health of the system, as the workspace sees it. */
export interface Health {
  /** How often a health worker looks. */
  everyMs: number;
  /** What a health worker found last. */
  report(): Promise<HealthReport | undefined>;
  /** What changed, the latest first. */
  events(limit: number): Promise<(HealthEvent & { at: number })[]>;
  /** Looks now, and stores nothing. */
  inspect(): Promise<HealthReport>;
}

/** Alerts of the workspace, and who is told of them. */
export interface Alerts {
  list(): Promise<AlertOverview[]>;
  /** In place of one of that name. */
  set(rule: AlertRule): Promise<void>;
  /** Throws ALERT_NOT_FOUND. */
  remove(name: string): Promise<void>;
  /** Throws ALERT_NOT_FOUND and ALERT_NOT_RAISED. */
  acknowledge(name: string, who: { by: string; note?: string }): Promise<AlertOverview>;
  /** The latest first. */
  history(limit: number): Promise<AlertHistoryEntry[]>;
  webhooks(): Promise<Pick<Webhook, 'name' | 'url'>[]>;
  /** In place of one of that name; makes a secret where none is given. Resolves with the secret. */
  setWebhook(webhook: { name: string; url: string; secret?: string }): Promise<string>;
  /** Throws ALERT_NOT_FOUND. */
  removeWebhook(name: string): Promise<void>;
  /** Sends a message to all of them, or one, now. Throws ALERT_NOT_FOUND. */
  test(webhook?: string): Promise<AlertHistoryEntry['deliveries']>;
}

/** Who is told of what happens in the workspace. */
export interface Webhooks {
  /** Makes a secret, and resolves with it. Throws WEBHOOK_EXISTS. */
  add(webhook: { name: string; url: string; types: WebhookType[] }): Promise<string>;
  list(): Promise<WebhookOverview[]>;
  /** Throws WEBHOOK_NOT_FOUND, as all below. */
  remove(name: string): Promise<void>;
  /** Whether anything is sent to it. */
  setEnabled(name: string, enabled: boolean): Promise<void>;
  /** Makes another secret, and resolves with it; the one before signs as well for so long. */
  rotate(name: string, overlapMs: number): Promise<string>;
  /** The latest first. */
  deliveries(name: string, limit: number): Promise<DeliveryOverview[]>;
  /** Throws DELIVERY_NOT_FOUND. */
  redeliver(name: string, message: string): Promise<void>;
}

export type HostOptions = Omit<NewHost, 'workspace' | 'holder'>;

export interface RunningHost {
  /** Aborted, with the reason, where another process has become the host. */
  ended: AbortSignal;
  /** Takes no new work, and waits for what is in flight; resolves with how much of it is left when the signal is aborted. */
  drain(signal: AbortSignal): Promise<number>;
}

export type Client = Pick<OrchestraClient, 'list' | 'conflicts'> & {
  approvals: Pick<Approvals, 'list' | 'get' | 'decide'>;
  learning: Pick<
    Learning,
    'query' | 'feedback' | 'report' | 'insights' | 'forgetInsights' | 'steps' | 'expected' | 'forget'
  >;
  settings: Pick<Settings, 'get' | 'change'>;
  events: Pick<Events, 'follow'>;
  memories: Pick<Memories, 'add' | 'list' | 'search' | 'forget' | 'forgetAll'>;
  schedules: Pick<
    Schedules,
    'create' | 'replace' | 'list' | 'get' | 'pause' | 'resume' | 'trigger' | 'backfill' | 'remove'
  >;
  budgets: Pick<Budgets, 'ofWorkspace' | 'ofSession' | 'useOfSession' | 'setLimits'>;
  start(options: StartOptions): Promise<Session>;
  get(id: string, what?: 'session' | 'task'): Promise<Session>;
};

export type Session = Pick<
  SessionHandle,
  | 'id'
  | 'workflowId'
  | 'pause'
  | 'resume'
  | 'cancel'
  | 'cancelTask'
  | 'retry'
  | 'resolveConflict'
  | 'plan'
  | 'previewEdit'
  | 'edit'
  | 'overview'
  | 'runs'
  | 'outputs'
  | 'events'
>;

export interface DoctorCheck {
  name: string;
  /** `note`: works, but it is good to know. */
  status: 'ok' | 'note' | 'missing';
  /** What was found. */
  detail: string;
  /** What to do, where something is to be done. */
  remedy?: string;
}
