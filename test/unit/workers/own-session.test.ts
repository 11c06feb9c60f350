import type { ApplicationFailure } from '@temporalio/common';
import type { ActivityExecuteInput } from '@temporalio/worker';
import { OwnSession } from '../../../src/workers/own-session';

/** What the worker does for a workflow that asks so. */
async function ask(workflowId: string, asked: object): Promise<unknown> {
  const input: ActivityExecuteInput = { args: [asked], headers: {} };
  return new OwnSession(workflowId).execute(input, () => Promise.resolve('done'));
}

const refused = expect.objectContaining({ type: 'WORKSPACE_MISMATCH', nonRetryable: true }) as ApplicationFailure;

it.each([
  ['ours/one', { workspace: 'ours', session: 'one' }],
  [
    'ours/schedule/nightly-2026-11-22T03:00:00Z',
    { workspace: 'ours', schedule: 'nightly', session: 'nightly-20261122T030000Z' },
  ],
  ['learn', { workspace: 'ours' }],
])('does the work of workflow %s for what is its own', async (workflowId, asked) => {
  expect(await ask(workflowId, asked)).toBe('done');
});

it.each([
  ['another workspace', 'theirs/one', { workspace: 'ours', session: 'one' }],
  ['another session', 'ours/one-more', { workspace: 'ours', session: 'one' }],
  [
    'a schedule of another workspace',
    'theirs/schedule/nightly-2026-11-22T03:00:00Z',
    { workspace: 'ours', schedule: 'nightly', session: 'nightly-20261122T030000Z' },
  ],
  [
    'a schedule whose name its own begins with',
    'ours/schedule/nightly-two-2026-11-22T03:00:00Z',
    { workspace: 'ours', schedule: 'nightly', session: 'nightly-20261122T030000Z' },
  ],
  [
    'another time of its schedule',
    'ours/schedule/nightly-2026-11-22T03:00:00Z',
    { workspace: 'ours', schedule: 'nightly', session: 'nightly-20261123T030000Z' },
  ],
])('refuses work for %s', async (_, workflowId, asked) => {
  await expect(ask(workflowId, asked)).rejects.toEqual(refused);
});
