import type { AttemptExample, ExampleQuery } from '../../contracts/ports/example-reader';
import type { AgentKey } from '../../domain/agents/agent';
import { agentId } from '../../domain/agents/agent-ref';
import { InsightKind } from '../../domain/learning/insights/insight';
import type { Task } from '../../domain/plan/plan';
import type { ExpectedAttempt } from '../../domain/prediction/expected-attempt';
import { taskRisksOf } from '../../domain/prediction/task-risks';
import { traitsOf } from '../../domain/prediction/task-traits';
import type { Installation } from '../ports';

/** What the past says of a task, besides what is known of its agent. */
export interface Outlook {
  examples: AttemptExample[];
  risks: string[];
}

export const noOutlook: Outlook = { examples: [], risks: [] };

const examplesShown = 3;

/** `moment`: the session that the task is of, and when it was assigned; what was not known then is left out. */
export async function outlookOf(
  { client, routing, workspace }: Pick<Installation, 'client' | 'routing' | 'workspace'>,
  { name, task }: { name: string; task: Task },
  { agent, prediction }: { agent: AgentKey; prediction?: ExpectedAttempt },
  moment: Pick<ExampleQuery, 'session' | 'before'> = {},
): Promise<Outlook> {
  const traits = traitsOf(name, task);
  const [{ attempts, inputs }, insights] = await Promise.all([
    routing.examples(workspace, { ...traits, ...moment }, examplesShown),
    client.learning.insights({ taskType: traits.taskType, all: false }),
  ]);
  const pitfalls = insights.filter(
    ({ kind, scope, firstSeen }) =>
      kind === InsightKind.pitfall &&
      (scope.capability ?? '') === traits.capability &&
      (scope.agent === undefined || scope.agent === agentId(agent)) &&
      firstSeen <= (moment.before ?? Infinity),
  );
  const { timeoutMs, budget, reserve } = task;
  const circumstances = {
    ...{ timeoutMs, inputs, pitfalls: pitfalls.map(({ says }) => says) },
    ...(budget?.costMicros !== undefined && { budgetMicros: budget.costMicros }),
    ...(reserve?.costMicros !== undefined && { reservedMicros: reserve.costMicros }),
  };
  return { examples: attempts, risks: taskRisksOf(circumstances, prediction) };
}
