import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import { searchAttributes } from '../contracts/protocol/session';
import type { SessionRun } from './session-run';

const keys = {
  workspace: defineSearchAttributeKey(searchAttributes.workspace, 'KEYWORD'),
  plan: defineSearchAttributeKey(searchAttributes.plan, 'KEYWORD'),
  status: defineSearchAttributeKey(searchAttributes.status, 'KEYWORD'),
  mode: defineSearchAttributeKey(searchAttributes.mode, 'KEYWORD'),
};

/** Keeps the Temporal Web UI useful: the status as a search attribute, the progress as the workflow's current details. */
export function showProgress(run: SessionRun): void {
  const progress = run.progress();
  if (!progress) return;
  const { status, percent, total, succeeded, failed, running } = progress;
  setCurrentDetails(
    `**${status}** · ${percent}% · ${succeeded} of ${total} tasks succeeded, ${failed} failed, ${running} running · plan \`${run.planName}\``,
  );
  if (!run.input.settings.searchAttributes) return;
  const { typedSearchAttributes: shown } = workflowInfo();
  if (shown.get(keys.status) === status) return;
  const { workspace } = run.input;
  // Child sessions and reopened ones were started without any.
  const isFirst = shown.get(keys.workspace) === undefined;
  upsertSearchAttributes([
    { key: keys.status, value: status },
    ...(isFirst
      ? [
          { key: keys.workspace, value: workspace },
          { key: keys.plan, value: run.planName },
          { key: keys.mode, value: run.mode },
        ]
      : []),
  ]);
}
