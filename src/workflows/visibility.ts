import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import { searchAttributes } from '../contracts/protocol/session';
import type { SessionRun } from './session-run';

/** Keeps the Temporal Web UI useful: the status as a search attribute, the progress as the workflow's current details. */
export function showProgress(run: SessionRun): void {
  const progress = run.progress();
  if (!progress) return;
  const { status, percent, total, succeeded, failed, running } = progress;
  setCurrentDetails(
    `**${status}** · ${percent}% · ${succeeded} of ${total} tasks succeeded, ${failed} failed, ${running} running · plan \`${run.planName}\``,
  );
  if (!run.input.settings.searchAttributes || run.shownStatus === status) return;
  const { workspace } = run.input;
  // Child sessions and reopened ones were started without any.
  const lasting = run.shownStatus === undefined ? { workspace, plan: run.planName, mode: run.mode } : {};
  run.shownStatus = status;
  upsertSearchAttributes(Object.entries({ status, ...lasting }).map(([name, value]) => keyword(name, value)));
}

function keyword(name: string, value: string) {
  return { key: defineSearchAttributeKey(searchAttributes[name as keyof typeof searchAttributes], 'KEYWORD'), value };
}
