import type { z } from 'zod';
import type { InsightOverview } from '../../contracts/ports/insight-catalog';
import type { agentDefinitionSchema } from '../../contracts/schemas/agent-definition';
import type * as access from '../../contracts/schemas/api/access';
import type * as agentAccess from '../../contracts/schemas/api/agent-access';
import type * as agentImport from '../../contracts/schemas/api/agent-import';
import type * as alert from '../../contracts/schemas/api/alert';
import type * as audit from '../../contracts/schemas/api/audit';
import type * as agent from '../../contracts/schemas/api/agent';
import type * as ci from '../../contracts/schemas/api/ci';
import type * as event from '../../contracts/schemas/api/event';
import type * as optimisation from '../../contracts/schemas/api/optimisation';
import type * as outcome from '../../contracts/schemas/api/outcome';
import type * as planSchema from '../../contracts/schemas/api/plan';
import type * as report from '../../contracts/schemas/api/report';
import type * as schedule from '../../contracts/schemas/api/schedule';
import type * as session from '../../contracts/schemas/api/session';
import type * as singleTask from '../../contracts/schemas/api/single-task';
import type * as task from '../../contracts/schemas/api/task';
import type * as webhook from '../../contracts/schemas/api/webhook';
import type * as workspace from '../../contracts/schemas/api/workspace';
import type { HealthReport as ReportOfHealth } from '../../domain/health/report';
import type { AdvisedLearnings } from '../../domain/learning/advice';

// What the API takes and answers, by the schemas that it checks with.

export type Session = z.output<typeof session.session>;
export type SessionStatus = Session['status'];
export type SessionPage = z.output<typeof session.sessionPage>;
export type SessionFilter = Partial<z.output<typeof session.sessionQuery>>;
export type SessionReply = z.output<typeof session.requestReply>;
export type EditPreview = z.output<typeof session.editPreview>;
export type SessionPlan = z.output<typeof session.sessionPlan>;
export type SessionLog = z.output<typeof session.logPage>;
/** A plan as an object or as YAML, and the files that it names. */
export type PlanSource = z.input<typeof session.editedPlan>;
export type Plan = PlanSource['plan'];

export type Task = z.output<typeof task.task>;
export type TaskWithOutput = z.output<typeof task.taskWithOutput>;
export type Explanation = z.output<typeof task.explanation>;
export type Feedback = z.input<typeof task.feedback>;
export type NotedFeedback = z.output<typeof task.noted>;

export type NewTask = z.input<typeof singleTask.newTask>;
export type SingleTask = z.output<typeof singleTask.singleTask>;
export type TaskOutcome = z.output<typeof singleTask.taskOutcome>;

export type Agent = z.output<typeof agent.agent>;
export type AgentWithDefinition = z.output<typeof agent.agentWithDefinition>;
export type AgentPage = z.output<typeof agent.agentPage>;
export type AgentFilter = Partial<z.output<typeof agent.agentQuery>>;
export type AgentInsights = z.output<typeof agent.agentInsights>;
export type AgentState = z.output<typeof agent.agentState>;
/** As it stands in a file of `orchestra agents add --file`. */
export type AgentDefinition = z.input<typeof agentDefinitionSchema>;
export type AgentCard = z.input<typeof agentImport.cardImport>['card'];
export type CardOptions = Omit<z.input<typeof agentImport.cardImport>, 'card'>;
export type ImportedAgent = z.output<typeof agentImport.importedAgent>;
export type Memory = z.output<typeof agent.memory>;
export type NewMemory = z.input<typeof agent.newMemory>;

export type AgentEvent = z.output<typeof agentAccess.agentEvents>['events'][number];
export type AgentToken = z.output<typeof agentAccess.agentTokens>['tokens'][number];
export type NewAgentToken = z.input<typeof agentAccess.newAgentToken>;
/** Its `token` is null where the answer that had it was lost: revoke it, and make another one. */
export type MadeAgentToken = z.output<typeof agentAccess.madeAgentToken>;
export type AgentSecret = z.output<typeof agentAccess.agentSecrets>['secrets'][number];
export type RecoveryOption = z.output<typeof agentAccess.recoveryOptions>['actions'][number];
export type NewRecovery = z.input<typeof agentAccess.newRecovery>;
export type Recovery = z.output<typeof agentAccess.recovery>;

export type Alert = z.output<typeof alert.alert>;
export type AlertRule = z.input<typeof alert.alertRule>;
export type AlertEvent = z.output<typeof alert.alertEvents>['events'][number];
export type AlertDelivery = AlertEvent['deliveries'][number];
export type Proposal = z.output<typeof optimisation.proposal>;
export type AppliedProposal = z.output<typeof optimisation.appliedProposal>;
export type OutcomeReport = z.input<typeof outcome.outcomeReports>['reports'][number];
export type ReportedOutcomes = z.output<typeof outcome.reportedOutcomes>;
export type SessionReport = z.output<typeof report.sessionReport>;
export type RoutingMetrics = z.output<typeof report.routingMetrics>;

export type PlanValidation = z.output<typeof workspace.validation>;
export type PlanPage = z.output<typeof planSchema.planList>;
export type PlanOverview = PlanPage['plans'][number];
export type PlanVersion = z.output<typeof planSchema.planVersions>['versions'][number];
export type StoredPlan = z.output<typeof planSchema.planVersion>;
export type RoutePreview = z.output<typeof workspace.routePreview>;
export type Approval = z.output<typeof workspace.approval>;
export type ApprovalAnswer = z.output<typeof workspace.decision>['answer'];
export type Artifact = z.output<typeof workspace.artifact>;
export type Balance = z.output<typeof workspace.balance>;
export type BudgetPeriod = z.output<typeof workspace.periodPath>['period'];
export type SessionBudget = z.output<typeof workspace.sessionBudget>;
export type Settings = z.output<typeof workspace.settings>['settings'];
export type SettingsChange = z.input<typeof workspace.settingsChange>;
export type Conflicts = Omit<z.output<typeof workspace.conflicts>, 'next'>;
export type QueuedRun = z.output<typeof workspace.queue>['runs'][number];
export type Host = z.output<typeof workspace.hosts>['hosts'][number];
export type LearningFilter = z.output<typeof workspace.learningQuery>;
export type Learnings = AdvisedLearnings;
export type InsightFilter = Partial<Omit<z.output<typeof workspace.insightQuery>, 'limit' | 'cursor'>>;
export type Insight = InsightOverview;
export type Health = Omit<z.output<typeof workspace.healthReport>, 'report'> & { report: Omit<ReportOfHealth, 'at'> };
export type HealthEvent = z.output<typeof workspace.healthEvents>['events'][number];
export type Metrics = z.output<typeof workspace.metrics>;

export type Workspace = z.output<typeof access.workspace>;
export type Member = z.output<typeof access.member>;
export type MemberRole = Member['role'];
/** Who a token is of. */
export type Whoami = z.output<typeof access.whoami>;
export type ApiToken = z.output<typeof access.tokenList>['tokens'][number];
export type NewToken = z.input<typeof access.newToken>;
/** Its `token` is null where the answer that had it was lost: revoke it, and make another one. */
export type MadeToken = z.output<typeof access.madeToken>;

/** Something that happened, as the stream of events tells it. */
export type OrchestraEvent = z.output<typeof event.workspaceEvent>;

export type CommitTrigger = z.input<typeof ci.ciTrigger>;
export type Schedule = z.output<typeof schedule.schedule>;
export type NewSchedule = z.input<typeof schedule.newSchedule>;
export type ChangedSchedule = z.input<typeof schedule.changedSchedule>;
export type OverlapPolicy = Schedule['overlap'];
export type Webhook = z.output<typeof webhook.webhook>;
export type NewWebhook = z.input<typeof webhook.newWebhook>;
export type ChangedWebhook = z.input<typeof webhook.changedWebhook>;
export type SecretRotation = z.input<typeof webhook.rotation>;
/** Its `secret` is null where the answer that had it was lost: rotate it. */
export type WebhookWithSecret = z.output<typeof webhook.webhookWithSecret>;
export type Delivery = z.output<typeof webhook.delivery>;

export type AuditFilter = Omit<z.input<typeof audit.auditQuery>, 'limit'> & { limit?: number };
export type AuditEntries = z.output<typeof audit.auditList>;
export type AuditEntry = AuditEntries['entries'][number];
export type AuditExportLine = z.output<typeof audit.auditExportLine>;
export type AuditVerification = z.output<typeof audit.auditVerification>;
/** As the export has it, and the file that ORCHESTRA_AUDIT_ANCHORS names. */
export type AuditAnchor = z.input<typeof audit.keptAnchors>['anchors'][number];
