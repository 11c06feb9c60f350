import { Agents } from './agents';
import { Alerts } from './alerts';
import { Approvals } from './approvals';
import { Audit } from './audit';
import { Budgets } from './budgets';
import { allRows, eachPage, eachRow, wholeList } from './each-row';
import type { OrchestraEvent } from './types';
import { followEvents } from './follow-events';
import type { FollowOptions } from './follow-events';
import type { CallOptions, ChangeOptions, ClientSettings, Connection } from './options';
import { Optimisation } from './optimisation';
import { Plans } from './plans';
import { Requester } from './requester';
import type { Operation } from './requester';
import { Schedules } from './schedules';
import { SessionEnds } from './session-ends';
import type { SessionHandle } from './session-handle';
import { Sessions } from './sessions';
import { Tasks } from './tasks';
import { Tokens } from './tokens';
import type { Artifact, CommitTrigger, Conflicts, Health, HealthEvent, Host, Insight } from './types';
import type { InsightFilter, LearningFilter, Learnings, Metrics, QueuedRun, Session, Whoami } from './types';
import type { OutcomeReport, ReportedOutcomes, RoutingMetrics } from './types';
import { urlPath } from './url-path';
import { Webhooks } from './webhooks';
import { WorkspaceSettings } from './workspace-settings';
import { Workspaces } from './workspaces';

/** All that the API can do, for the workspace of the token, whatever way requests go. */
export class Orchestra {
  readonly sessions: Sessions;
  readonly tasks: Tasks;
  readonly plans: Plans;
  readonly agents: Agents;
  readonly alerts: Alerts;
  readonly approvals: Approvals;
  readonly budgets: Budgets;
  readonly optimisation: Optimisation;
  readonly settings: WorkspaceSettings;
  readonly workspaces: Workspaces;
  readonly tokens: Tokens;
  readonly audit: Audit;
  readonly schedules: Schedules;
  readonly webhooks: Webhooks;
  /** Runs a plan, or has agents look, for a commit. */
  readonly ci: { trigger(request: CommitTrigger, options?: ChangeOptions): Promise<SessionHandle> };
  readonly learnings: {
    query(filter?: LearningFilter, options?: CallOptions): Promise<Learnings>;
    /** Forgets what was learnt of an agent. */
    forget(agent: string, options?: CallOptions): Promise<void>;
  };
  /** Work that was done elsewhere. All reports are kept, or none. */
  readonly outcomes: { report(reports: OutcomeReport[], options?: ChangeOptions): Promise<ReportedOutcomes> };
  private readonly api: Requester;

  constructor(connection: Connection, settings: ClientSettings = {}) {
    this.api = new Requester(connection, settings);
    this.plans = new Plans(this.api);
    this.agents = new Agents(this.api);
    this.alerts = new Alerts(this.api);
    this.approvals = new Approvals(this.api);
    this.optimisation = new Optimisation(this.api);
    this.budgets = new Budgets(this.api);
    this.settings = new WorkspaceSettings(this.api);
    const shared = { api: this.api, ends: new SessionEnds(this.api), approvals: this.approvals };
    this.sessions = new Sessions(shared);
    this.tasks = new Tasks(shared);
    this.workspaces = new Workspaces(this.api);
    this.tokens = new Tokens(this.api);
    this.audit = new Audit(this.api);
    this.schedules = new Schedules(this.api);
    this.webhooks = new Webhooks(this.api);
    this.ci = {
      trigger: async (request, options) => {
        const operation = { method: 'POST' as const, path: '/v1/ci/trigger', body: request };
        return this.sessions.handle((await this.api.send<Session>(operation, options)).id);
      },
    };
    this.learnings = {
      query: (filter = {}, options) => this.ask('/v1/learnings', filter, options),
      forget: (agent, options) => this.delete(urlPath`/v1/agents/${agent}/learnings`, options),
    };
    this.outcomes = {
      report: (reports, options) => this.api.send({ method: 'POST', path: '/v1/outcomes', body: { reports } }, options),
    };
  }

  /** Who the token of the client is of. */
  whoami(options?: CallOptions): Promise<Whoami> {
    return this.ask('/v1/whoami', {}, options);
  }

  /** What outcomes show, the surest first. */
  insights(filter: InsightFilter = {}, options?: CallOptions): Promise<Insight[]> {
    return allRows(this.api, '/v1/insights', 'insights', { ...filter, ...wholeList }, options);
  }

  /** What agents say is told to nobody any more, also if they say it again. */
  forgetInsight(id: string, options?: CallOptions): Promise<void> {
    return this.delete(urlPath`/v1/insights/${id}`, options);
  }

  /** How the system is, what is unusual, what is to come, and what to do. */
  health(options?: CallOptions): Promise<Health> {
    return this.ask('/v1/health', {}, options);
  }

  /** What changed last, the latest first. */
  healthEvents(filter: { limit?: number } = {}, options?: CallOptions): Promise<HealthEvent[]> {
    return this.ask<{ events: HealthEvent[] }>('/v1/health/events', filter, options).then(({ events }) => events);
  }

  /** All of that, page by page. */
  eachHealthEvent(filter: { limit?: number } = {}, options?: CallOptions): AsyncGenerator<HealthEvent> {
    return eachRow(this.api, '/v1/health/events', 'events', filter, options);
  }

  /** What agents did in some hours, the last ones unless `until` says where they end (ISO 8601), and how that differs from the hours before. */
  metrics(filter: { hours?: number; until?: string; agent?: string } = {}, options?: CallOptions): Promise<Metrics> {
    return this.ask('/v1/metrics', filter, options);
  }

  /** How tasks were routed in such a period, and how right predictions were. */
  routingMetrics(filter: { hours?: number; until?: string } = {}, options?: CallOptions): Promise<RoutingMetrics> {
    return this.ask('/v1/metrics/routing', filter, options);
  }

  /** An input or output, by its hash. */
  artifact(hash: string, options?: CallOptions): Promise<Artifact> {
    return this.ask(urlPath`/v1/artifacts/${hash}`, {}, options);
  }

  /** Tasks that wait for what others write or read. */
  async conflicts(options?: CallOptions): Promise<Conflicts> {
    const all: Conflicts = { waiting: [], inSpite: [] };
    for await (const page of eachPage<Conflicts>(this.api, '/v1/conflicts', wholeList, options)) {
      all.waiting.push(...page.waiting);
      all.inSpite.push(...page.inSpite);
    }
    return all;
  }

  /** Tasks that wait for agents, the most urgent first. */
  queue(filter: { limit?: number } = {}, options?: CallOptions): Promise<QueuedRun[]> {
    return this.ask<{ runs: QueuedRun[] }>('/v1/queue', filter, options).then(({ runs }) => runs);
  }

  /** All of these, page by page. */
  eachQueued(filter: { limit?: number } = {}, options?: CallOptions): AsyncGenerator<QueuedRun> {
    return eachRow(this.api, '/v1/queue', 'runs', filter, options);
  }

  /** Processes that agents live on. */
  hosts(options?: CallOptions): Promise<Host[]> {
    return allRows(this.api, '/v1/hosts', 'hosts', wholeList, options);
  }

  /** Takes a host that is gone out of the registry, with its agents. Rejects with COMMAND_REFUSED while it is there. */
  removeHost(name: string, options?: CallOptions): Promise<void> {
    return this.delete(urlPath`/v1/hosts/${name}`, options);
  }

  /** What happens in the workspace, from now on or behind `after`. Goes on by itself after a cut; ends when the signal is aborted, with its reason. */
  events(filter: Omit<FollowOptions, 'onOpen'> = {}): AsyncGenerator<OrchestraEvent> {
    return followEvents(this.api, filter);
  }

  /** Resolves where requests can be answered. Rejects with SERVER_UNAVAILABLE. */
  async ready(options?: CallOptions): Promise<void> {
    await this.ask('/readyz', {}, options);
  }

  /** Any operation of the API, with the same keys, repetitions and errors. */
  request<Answer>(operation: Operation, options?: ChangeOptions): Promise<Answer> {
    return this.api.send(operation, options);
  }

  /** What is under way is given up. */
  close(): Promise<void> {
    return this.api.close();
  }

  private async delete(path: string, options?: CallOptions): Promise<void> {
    await this.api.send({ method: 'DELETE', path }, options);
  }

  private ask<Answer>(path: string, query: Operation['query'] & {}, options?: CallOptions): Promise<Answer> {
    return this.api.send({ method: 'GET', path, query }, options);
  }
}
