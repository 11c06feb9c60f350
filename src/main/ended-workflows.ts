import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { sessionOfWorkflow, workspaceOfWorkflow } from '../contracts/protocol/ids';
import { sessionWorkflow } from '../contracts/protocol/session';

/** How long ago an end may be that is heard of: what Temporal lists is late by some seconds, and clocks differ. */
const heardOfMs = 60_000;

/** A Temporal that is away must not hold up what else the backstop does. */
const patienceMs = 2_000;

/** How to hear of sessions that somebody has ended in Temporal, past the engine: each end is told once. */
export function endedWorkflows(temporal: Client): () => Promise<{ workspace: string; session: string }[]> {
  let told = new Set<string>();
  return async () => {
    const since = new Date(Date.now() - heardOfMs).toISOString();
    const query = `WorkflowType = '${sessionWorkflow}' AND ExecutionStatus IN ('Terminated', 'TimedOut') AND CloseTime > '${since}'`;
    const found: WorkflowExecutionInfo[] = [];
    await temporal.withDeadline(Date.now() + patienceMs, async () => {
      for await (const one of temporal.workflow.list({ query })) found.push(one);
    });
    const news = found.filter(({ runId }) => !told.has(runId));
    told = new Set(found.map(({ runId }) => runId));
    return news.map(({ workflowId }) => ({
      workspace: workspaceOfWorkflow(workflowId),
      session: sessionOfWorkflow(workflowId),
    }));
  };
}
