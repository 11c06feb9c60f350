import type { AttemptKey, JudgedAttempt } from '../contracts/ports/feedback-store';
import type { InsightFilter, InsightOverview, SurenessOfInsight } from '../contracts/ports/insight-catalog';
import type { Page } from '../contracts/ports/page';
import type { PastStep } from '../contracts/ports/learnings-reader';
import type { AgentKey } from '../domain/agents/agent';
import { adviceOf } from '../domain/learning/advice';
import type { AdvisedLearnings } from '../domain/learning/advice';
import type { Feedback } from '../domain/learning/feedback';
import { feedbackIssue } from '../domain/learning/feedback';
import { learningsOf } from '../domain/learning/learnings';
import type { LearningQuery, Learnings } from '../domain/learning/learnings';
import type { OutcomeReport } from '../domain/learning/outcome-report';
import { emptyRecord, together } from '../domain/learning/record-sums';
import { expectedTask, tasksToExpect } from '../domain/prediction/expected-tasks';
import type { ExpectedTask } from '../domain/prediction/expected-tasks';
import { FaultyValue } from '../domain/faulty-value';
import { defaultSettings } from '../domain/routing/settings';
import type { ClientDependencies } from './client-dependencies';

/** What outcomes taught, in the workspace of the client. */
export class Learning {
  constructor(
    private readonly dependencies: Pick<
      ClientDependencies,
      'learnings' | 'feedback' | 'reports' | 'learning' | 'insights' | 'workspace'
    >,
  ) {}

  /** What is known, and advised: of the type of task, else of the capability, else of the agent at all. */
  async query(query: LearningQuery): Promise<AdvisedLearnings> {
    const { learnings, workspace } = this.dependencies;
    const { taskType: _, ...ofCapability } = query;
    const { capability: __, ...ofAgent } = ofCapability;
    const wider = [...(query.taskType === undefined ? [] : [ofCapability]), ...(query.agent ? [ofAgent] : [])];
    const lookUp = async (scope: LearningQuery): Promise<{ isKnown: boolean; advised: AdvisedLearnings }> => {
      const [cells, insights] = await Promise.all([
        learnings.known(workspace, scope),
        learnings.insights(workspace, scope),
      ]);
      const advised = { ...learningsOf(scopeOf(scope), cells), ...adviceOf(scope, insights) };
      return { isKnown: cells.length > 0, advised };
    };
    const asked = await lookUp(query);
    if (asked.isKnown) return asked.advised;
    for (const scope of wider) {
      const { isKnown, advised } = await lookUp(scope);
      if (isKnown) return advised;
    }
    return asked.advised;
  }

  /** What a person says of an attempt: it corrects what was learnt. `seed`: of the request, which says it once. Throws INPUT_INVALID and ATTEMPT_NOT_FOUND. */
  feedback(attempt: Omit<AttemptKey, 'workspace'>, feedback: Feedback, seed?: string): Promise<JudgedAttempt> {
    const issue = feedbackIssue(feedback);
    if (issue) throw new FaultyValue('INPUT_INVALID', issue.detail, [issue]);
    return this.dependencies.feedback.add({ ...attempt, workspace: this.dependencies.workspace }, feedback, seed);
  }

  /**
   * What work done elsewhere came to: it is learnt as outcomes of sessions are. Resolves with the number of those that were not known yet, by their ids, when
   * the request of the `seed` came first. Throws AGENT_NOT_FOUND.
   */
  report(reports: readonly OutcomeReport[], seed?: string): Promise<number> {
    return this.dependencies.reports.add(this.dependencies.workspace, reports, seed);
  }

  /** What is to be expected of an agent in the types of tasks that it has done most, as routing predicts it. */
  async expected(agent: AgentKey): Promise<ExpectedTask[]> {
    const { learnings, workspace } = this.dependencies;
    const own = await learnings.ofAgent(workspace, agent);
    return Promise.all(
      tasksToExpect(own).map(async (cell) => {
        const { capability, taskType } = cell;
        const ofAll = await learnings.cells(workspace, { capability, taskType, technologies: [] });
        const record = ofAll.map((one) => one.record).reduce(together, emptyRecord);
        return expectedTask(own, cell, record, defaultSettings.prior);
      }),
    );
  }

  /** How outcomes changed what the agent is taken to be good at, latest first. */
  steps(agent: AgentKey): Promise<PastStep[]> {
    return this.dependencies.learnings.steps(this.dependencies.workspace, agent);
  }

  /** What outcomes show by statistical tests, the surest first. */
  insights(filter: InsightFilter, page?: Page<SurenessOfInsight>): Promise<InsightOverview[]> {
    return this.dependencies.insights.list(this.dependencies.workspace, filter, page);
  }

  /** What agents say is told to nobody any more, also if it is said again. All or none. Throws INSIGHT_NOT_FOUND. */
  forgetInsights(ids: readonly string[]): Promise<void> {
    return this.dependencies.insights.forget(this.dependencies.workspace, ids);
  }

  /** Forgets what was learnt of the agent here. */
  forget(agent: AgentKey): Promise<void> {
    return this.dependencies.learning.forget(this.dependencies.workspace, agent);
  }
}

function scopeOf({ capability, taskType, complexity }: LearningQuery): Learnings['scope'] {
  return { capability: capability ?? null, taskType: taskType ?? null, ...(complexity && { complexity }) };
}
