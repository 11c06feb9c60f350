import { createRandom } from '../../domain/random';
import { wholeTask } from '../../domain/session/run-key';

/**
 * The one place where ids are built and taken apart. A session id is made by the client and readable (`fix-and-review-k3f9x2`);
 * the workflow id carries the workspace before it: `default/fix-and-review-k3f9x2`.
 */
export function workflowIdOf(workspace: string, session: string): string {
  return `${workspace}/${session}`;
}

/** The workspace of a workflow; empty for those that an installation has for itself, such as `learn`. */
export function workspaceOfWorkflow(workflowId: string): string {
  return /^([A-Za-z0-9_-]{1,63})\//.exec(workflowId)?.[1] ?? '';
}

/** The session of a workflow that has a workspace. */
export function sessionOfWorkflow(workflowId: string): string {
  return workflowId.slice(workflowId.indexOf('/') + 1);
}

/** Stands for the workflow run in a session's first turn where that is taken with its start, before the run has an id. */
export const runOfStart = 'start';

/** The longest session id; Temporal and the SQL databases behind it take ids of 255 bytes. */
export const maxSessionIdLength = 180;

/** The id of the session that runs a sub-plan: the parent's, the run's and, from the second on, the attempt's. */
export function childSessionId(parent: string, run: { name: string; item: number }, attempt: number): string {
  const item = run.item === wholeTask ? '' : `.${run.item}`;
  const id = `${parent}.${run.name}${item}${attempt > 1 ? `.${attempt}` : ''}`;
  return id.length <= maxSessionIdLength ? id : `${id.slice(0, maxSessionIdLength - 25)}.${fingerprint(id)}`;
}

/** 24 hexadecimal digits that tell long ids apart; computed without a library, because workflows compute it too. */
function fingerprint(id: string): string {
  const random = createRandom(id);
  return [random(), random(), random()]
    .map((part) =>
      Math.floor(part * 2 ** 32)
        .toString(16)
        .padStart(8, '0'),
    )
    .join('');
}

/** Ids of the events that the system itself makes. Requests from outside carry an id made by their client. */
export const eventIds = {
  started: 'started',
  attemptEnded: (run: string, attempt: number): string => `ended/${run}/${attempt}`,
  attemptLost: (run: string, attempt: number): string => `lost/${run}/${attempt}`,
  attemptUnstarted: (run: string, attempt: number): string => `unstarted/${run}/${attempt}`,
  agentGranted: (run: string, token: number): string => `granted/${run}/${token}`,
  turnCame: (line: 'budget' | 'conflict', run: string, ticket: number): string => `turn/${line}/${run}/${ticket}`,
  lineReset: (run: string, turn: number): string => `line-reset/${run}/${turn}`,
  timePassed: (turn: number): string => `time/${turn}`,
  cancelledInTemporal: (runId: string): string => `cancel/${runId}`,
  /** A child session whose parent has ended. */
  orphaned: 'orphaned',
  /** Turn numbers repeat in another workflow run of the parent, after a reset. */
  toldByParent: (tell: string, runId: string, turn: number): string => `parent/${tell}/${runId}/${turn}`,
};
