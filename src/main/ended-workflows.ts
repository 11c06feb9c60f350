import type { Client } from '@temporalio/client';
import { sessionOfWorkflow, workspaceOfWorkflow } from '../contracts/protocol/ids';
import { sessionWorkflow } from '../contracts/protocol/session';

/** How long ago an end may be that is heard of: what Temporal lists is late by some seconds, and clocks differ. */
const heardOfMs = 60_000;

/** How to hear of sessions that somebody has ended in Temporal, past the engine: each end is told once. */
export function endedWorkflows({ workflow }: Client): () => Promise<{ workspace: string; session: string }[]> {
  let told = new Set<string>();
  return async () => {
    const since = new Date(Date.now() - heardOfMs).toISOString();
    const query = `WorkflowType = '${sessionWorkflow}' AND ExecutionStatus IN ('Terminated', 'TimedOut') AND CloseTime > '${since}'`;
    const seen = new Set<string>();
    const news = [];
    for await (const { workflowId, runId } of workflow.list({ query })) {
      seen.add(runId);
      if (told.has(runId)) continue;
      news.push({ workspace: workspaceOfWorkflow(workflowId), session: sessionOfWorkflow(workflowId) });
    }
    told = seen;
    return news;
  };
}
