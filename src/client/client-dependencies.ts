import type { Client } from '@temporalio/client';
import type { AgentDirectory } from '../contracts/ports/agent-directory';
import type { AgentMemoryStore } from '../contracts/ports/agent-memories';
import type { ApprovalStore } from '../contracts/ports/approval-store';
import type { BudgetStore } from '../contracts/ports/budget-store';
import type { ConflictStore } from '../contracts/ports/conflict-store';
import type { FirstTurns } from '../contracts/ports/first-turns';
import type { EventStore } from '../contracts/ports/event-store';
import type { FeedbackStore } from '../contracts/ports/feedback-store';
import type { InsightCatalog } from '../contracts/ports/insight-catalog';
import type { LearningStore } from '../contracts/ports/learning-store';
import type { LearningsReader } from '../contracts/ports/learnings-reader';
import type { OutcomeReportStore } from '../contracts/ports/outcome-reports';
import type { PlanStore } from '../contracts/ports/plan-store';
import type { ScheduleStore } from '../contracts/ports/schedule-store';
import type { SettingsStore } from '../contracts/ports/settings-store';
import type { SessionCatalog } from '../contracts/ports/session-catalog';
import type { Tracing } from '../contracts/ports/tracing';
import type { SessionSettings } from '../contracts/protocol/session';

/** What the client needs of the installation it talks to. */
export interface ClientDependencies {
  temporal: Client;
  catalog: SessionCatalog;
  conflicts: Pick<ConflictStore, 'claims'>;
  plans: PlanStore;
  directory: AgentDirectory;
  approvals: ApprovalStore;
  budgets: BudgetStore;
  workspaceSettings: SettingsStore;
  learning: Pick<LearningStore, 'forget'>;
  learnings: LearningsReader;
  feedback: FeedbackStore;
  reports: OutcomeReportStore;
  memories: AgentMemoryStore;
  insights: InsightCatalog;
  tracing: Tracing;
  events: EventStore;
  schedules: ScheduleStore;
  /** Set while this process takes turns: who starts a session takes its first one. */
  starts: { firstTurns?: FirstTurns | undefined };
  /** For sessions that this client starts. */
  settings: SessionSettings;
  workspace: string;
  /** Short, unique and easy to type: ends the ids of sessions, and names requests. */
  newId(): string;
}
