import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import { searchAttributes } from '../contracts/protocol/session';
import type { SessionRun } from './session-run';

const statusKey = defineSearchAttributeKey(searchAttributes.status, 'KEYWORD');

/** Keeps the Temporal Web UI useful: the status as a search attribute, the progress as the workflow's current details. */
export function showProgress(run: SessionRun): void {
  const progress = run.progress();
  if (!progress) return;
  const { status, percent, total, succeeded, failed, running } = progress;
  setCurrentDetails(
    `**${status}** · ${percent}% · ${succeeded} of ${total} tasks succeeded, ${failed} failed, ${running} running · plan \`${run.planName}\``,
  );
  if (!run.input.settings.searchAttributes || run.shownStatus === status) return;
  run.shownStatus = status;
  upsertSearchAttributes([{ key: statusKey, value: status }]);
}
