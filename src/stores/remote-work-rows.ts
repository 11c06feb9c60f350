import type {
  ClaimedAttempt,
  FinishedAttempt,
  FinishedOutcome,
  RemoteAttempt,
} from '../contracts/ports/remote-work-store';
import type { Verdict } from '../domain/verdict';

interface AttemptRow {
  plan_name: string;
  plan_hash: string;
  inputs_hash: string;
  base_directory: string;
  agent: string;
  agent_workspace: string;
  lease_ms: number;
  cancelled: boolean;
  token: number;
  model: string | null;
}

/** Of an attempt that an agent has claimed. */
export interface BegunRow extends AttemptRow {
  workspace: string;
  session: string;
  run: string;
  attempt: number;
  delivery: string;
  timeout_ms: number;
  trace: string | null;
}

interface OutcomeRow {
  verdict: Verdict | null;
  lost: boolean | null;
  retryable: boolean | null;
  retry_after_ms: number | null;
}

export interface RemoteAttemptRow extends AttemptRow, OutcomeRow {
  begun_at: number | null;
  is_released: boolean;
}

export interface FinishedRow extends OutcomeRow {
  task_token: Buffer | null;
}

function toBegun(row: AttemptRow) {
  return {
    planName: row.plan_name,
    planHash: row.plan_hash,
    inputsHash: row.inputs_hash,
    baseDirectory: row.base_directory,
    agent: row.agent,
    agentWorkspace: row.agent_workspace,
    leaseMs: row.lease_ms,
    isCancelled: row.cancelled,
    ...(row.model !== null && { model: row.model }),
  };
}

export function toClaimed(row: BegunRow): ClaimedAttempt {
  const { workspace, session, run, attempt, token, trace } = row;
  const input = { workspace, session, run, attempt, token, ...(trace !== null && { trace }) };
  return { ...toBegun(row), input, timeoutMs: row.timeout_ms };
}

export function toRemoteAttempt(row: RemoteAttemptRow): RemoteAttempt {
  const outcome = outcomeOf(row);
  return {
    ...toBegun(row),
    token: row.token,
    begunAt: row.begun_at,
    isReleased: row.is_released,
    ...(outcome && { outcome }),
  };
}

export function toFinished(row: FinishedRow | undefined): FinishedAttempt {
  const outcome = row && outcomeOf(row);
  return { ...(row?.task_token && { taskToken: row.task_token }), ...(outcome && { outcome }) };
}

function outcomeOf({ verdict, lost, retryable, retry_after_ms }: OutcomeRow): FinishedOutcome | undefined {
  if (verdict === null) return undefined;
  return {
    verdict,
    lost: lost ?? false,
    retryable: retryable ?? true,
    ...(retry_after_ms !== null && { retryAfterMs: retry_after_ms }),
  };
}
