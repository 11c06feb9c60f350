import type { PoolClient, QueryConfig, QueryResult } from 'pg';
import type { Artifact } from '../contracts/ports/artifact-store';
import type { NewSession } from '../contracts/ports/session-catalog';
import type { CommittedTurn, SessionRecord, TurnGround } from '../contracts/ports/turn-store';
import type { TurnRequest } from '../contracts/protocol/activities';
import { runOfStart } from '../contracts/protocol/ids';
import type { SessionSettings } from '../contracts/protocol/session';
import type { AccountLimit, WorkspaceLimit } from '../domain/budget/accounts';
import type { SessionState } from '../domain/session/state';
import { tokensText } from './lease-tokens';
import type { LeaseTokens } from './lease-tokens';
import { lockLine } from './line-writing';
import { PlainLeases } from './plain-leases';
import { addSession, workspaceLimitsText } from './new-session';
import type { AddedRow } from './new-session';
import { OrchestraError } from '../domain/errors';

/** A turn whose session is locked. */
export interface OpenedTurn {
  session: SessionRecord;
  request: TurnRequest;
  /** Milliseconds since 1970. */
  now: number;
  alreadyAccepted: Map<string, string | null>;
  snapshot?: SessionState;
  isReset: boolean;
  workspaceLimits: WorkspaceLimit[];
  /** The result of an earlier commit of the same turn. */
  stored?: CommittedTurn;
  /** When `now` was, by `performance.now()`. */
  readAtMs: number;
  /** An earlier turn was of the same workflow run. */
  isKnownRun: boolean;
  leases: PlainLeases;
}

interface SessionRow extends TurnRow {
  plan_name: string;
  plan_hash: string;
  first_plan_hash: string;
  inputs_hash: string;
  base_directory: string;
  mode: string;
  settings: SessionSettings;
  parent_session: string | null;
  parent_run: string | null;
  parent_attempt: number | null;
  parent_token: number | null;
  turn: number;
  run_id: string | null;
  budgets: AccountLimit[];
  workspace_limits: WorkspaceLimit[] | null;
  tokens: number[] | null;
  now_ms: number;
}

interface TurnRow {
  stored: CommittedTurn | null;
  run_is_known: boolean;
  accepted: Record<string, string | null> | null;
  snapshot: SessionState | null;
}

/** Locks the session, and finds out whether the turn is new, a repeat, the first after a reset, or one of a branch that was left. */
export async function openTurn(
  client: PoolClient,
  request: TurnRequest,
  tokens: LeaseTokens | undefined,
): Promise<OpenedTurn> {
  // PostgreSQL reads its clock as it is asked, and may wait for the session after that.
  const readAtMs = performance.now();
  const row = await lockSession(client, request, tokens?.wanted ?? 0);
  tokens?.add(row.tokens ?? []);
  const session = toSessionRecord(request, row);
  const isNewRun = row.run_id !== request.runId;
  const isFirstRun = row.run_id === null || row.run_id === runOfStart;
  const isNext = request.turn === row.turn + 1 && (!isNewRun || isFirstRun);
  // The session was given up, or another run goes on with it: what was taken with its start is of no run any more.
  const hasLostStart = request.continuedFrom === runOfStart && isNewRun && row.run_id !== runOfStart;
  // What came with the lock may be older than the lock, where it was waited for. The next turn of the same run waits for no other
  // turn; all else reads again.
  const turn = isNext ? row : await readTurn(client, hasLostStart ? withoutStart(request) : request);
  if (isNewRun && (turn.run_is_known || (hasLostStart && request.turn > 1))) {
    throw new OrchestraError(
      'RUN_SUPERSEDED',
      `Workflow run ${request.runId} of session "${session.id}" was replaced by a reset, or ended outside of Agent Orchestra.`,
    );
  }
  const opened = {
    session,
    request,
    now: row.now_ms,
    alreadyAccepted: acceptedIn(turn),
    isReset: false,
    workspaceLimits: row.workspace_limits ?? [],
    readAtMs,
    isKnownRun: !isNewRun,
    leases: noneBefore(),
    ...(turn.snapshot && { snapshot: turn.snapshot }),
  };
  if (turn.stored) return { ...opened, stored: turn.stored };
  if (isNewRun && request.turn <= row.turn) {
    await abandonBranch(client, request);
    return { ...opened, isReset: true, alreadyAccepted: acceptedIn(await readTurn(client, request)) };
  }
  if (request.turn !== row.turn + 1) {
    throw new Error(
      `Turn ${request.turn} of session "${session.id}" does not follow turn ${row.turn}; it is tried again.`,
    );
  }
  return opened;
}

/**
 * The same for the first turn of a session that is added with it: a workflow run is still to come, and takes it over. Undefined where the session is there
 * already.
 */
export async function addAndOpen(
  client: PoolClient,
  request: TurnRequest,
  session: NewSession,
  { tokens, inputs, retentionDays }: { tokens: LeaseTokens; inputs: Artifact; retentionDays: number },
): Promise<OpenedTurn | undefined> {
  const readAtMs = performance.now();
  const { rows } = await client.query<AddedRow>(addSession(session, { inputs, retentionDays, tokens: tokens.wanted }));
  const [row] = rows;
  if (!row) return undefined;
  tokens.add(row.tokens ?? []);
  const { workspace, id, planName, planHash, baseDirectory, mode, settings } = session;
  const { budgets } = row;
  return {
    session: {
      workspace,
      id,
      planName,
      planHash,
      firstPlanHash: planHash,
      inputsHash: inputs.hash,
      baseDirectory,
      mode,
      settings,
      budgets,
    },
    request,
    now: row.now_ms,
    alreadyAccepted: new Map(),
    isReset: false,
    workspaceLimits: row.workspace_limits ?? [],
    readAtMs,
    isKnownRun: false,
    leases: noneBefore(),
  };
}

/**
 * The same for a turn that follows one of this process at once, by what that one has left: nothing is waited for. `send` sends a statement on whose success the
 * transaction hangs.
 */
export function expectTurn(
  request: TurnRequest,
  { session, workspaceLimits, now: before, readAtMs: beforeAtMs, runId: runBefore, plainLeases }: TurnGround,
  { tokens, send }: { tokens: LeaseTokens; send(statement: QueryConfig): Promise<QueryResult> },
): OpenedTurn {
  const readAtMs = performance.now();
  const { workspace, turn, runId } = request;
  void send({
    name: 'expect-turn',
    text: `SELECT expect_turn($1, $2, $3, $4), ${tokensText('$5')} AS tokens`,
    values: [workspace, session.id, turn, runId, tokens.wanted],
  }).then(
    ({ rows }) => tokens.add((rows as Pick<SessionRow, 'tokens'>[])[0]?.tokens ?? []),
    () => undefined,
  );
  return {
    session,
    request,
    // What ended before the turn shall not have ended after it.
    now: before + Math.max(0, Math.ceil(readAtMs - beforeAtMs)),
    alreadyAccepted: new Map(),
    isReset: false,
    workspaceLimits,
    readAtMs,
    isKnownRun: runBefore === runId,
    leases: new PlainLeases(plainLeases),
  };
}

const noneBefore = (): PlainLeases => new PlainLeases(new Set());

function withoutStart({ continuedFrom: _, ...request }: TurnRequest): TurnRequest {
  return request;
}

function acceptedIn({ accepted }: TurnRow): Map<string, string | null> {
  return new Map(Object.entries(accepted ?? {}));
}

async function lockSession(client: PoolClient, request: TurnRequest, tokensWanted: number): Promise<SessionRow> {
  const { rows } = await client.query<SessionRow>({
    name: 'lock-session',
    text: `SELECT plan_name, plan_hash, coalesce(first_plan_hash, plan_hash) AS first_plan_hash, inputs_hash, base_directory, mode, settings,
                  parent_session, parent_run, parent_attempt, parent_token, turn, run_id, budgets,
                  ${workspaceLimitsText} AS workspace_limits,
                  ${tokensText('$8')} AS tokens,
                  (extract(epoch FROM greatest(clock_timestamp(), turn_at)) * 1000)::bigint AS now_ms, ${turnColumns}
           FROM sessions WHERE workspace = $1 AND id = $2 FOR UPDATE`,
    values: [...turnParameters(request), tokensWanted],
  });
  const [row] = rows;
  if (row) return row;
  const { workspace, session } = request;
  throw new OrchestraError('SESSION_NOT_FOUND', `There is no session "${session}" in workspace "${workspace}".`);
}

async function readTurn(client: PoolClient, request: TurnRequest): Promise<TurnRow> {
  const { rows } = await client.query<TurnRow>({
    name: 'read-turn',
    text: `SELECT ${turnColumns}`,
    values: turnParameters(request),
  });
  const [row] = rows;
  if (!row) throw new Error('a query without FROM returned no row');
  return row;
}

// A run can have committed a turn, lost the workflow task that took it, and continued as new without it: the turn stands, and the
// next run takes it over.
const turnColumns = `
  (SELECT result FROM turns WHERE workspace = $1 AND session = $2 AND turn = $3 AND run_id IN ($4, $7)
   ORDER BY run_id = $4 DESC LIMIT 1) AS stored,
  EXISTS (SELECT FROM session_runs WHERE workspace = $1 AND session = $2 AND run_id = $4) AS run_is_known,
  (SELECT jsonb_object_agg(event_id, data -> 'refused') FROM session_events
   WHERE workspace = $1 AND session = $2 AND event_id = ANY ($5) AND NOT abandoned) AS accepted,
  (SELECT state FROM session_snapshots
   WHERE $6 AND workspace = $1 AND session = $2 AND turn = $3 - 1) AS snapshot`;

function turnParameters({ workspace, session, turn, runId, continuedFrom, events, state }: TurnRequest): unknown[] {
  return [workspace, session, turn, runId, events.map(({ id }) => id), state === undefined, continuedFrom ?? null];
}

/** Marks what the branch did that a reset of the workflow has left, from this turn on. What earlier turns started goes on. */
async function abandonBranch(client: PoolClient, { workspace, session, turn }: TurnRequest): Promise<void> {
  await client.query(lockLine({ workspace, id: session }));
  await client.query({
    name: 'abandon-branch',
    text: `WITH log AS (
             UPDATE session_events SET abandoned = true WHERE workspace = $1 AND session = $2 AND turn >= $3
           ), read_model AS (
             DELETE FROM task_runs WHERE workspace = $1 AND session = $2
           ), ends AS (
             DELETE FROM session_snapshots WHERE workspace = $1 AND session = $2 AND turn >= $3
           ), line AS (
             DELETE FROM waiting_line WHERE workspace = $1 AND session = $2
           ), budgets AS (
             DELETE FROM budget_waits WHERE workspace = $1 AND session = $2
           ), questions AS (
             UPDATE approvals SET status = 'withdrawn' WHERE workspace = $1 AND session = $2 AND status = 'open'
           ), waits AS (
             DELETE FROM resource_waits WHERE workspace = $1 AND session = $2
           ), unstarted AS (
             UPDATE leases SET released_at = now()
             WHERE workspace = $1 AND session = $2 AND released_at IS NULL AND holder IS NULL
               AND NOT EXISTS (SELECT FROM session_events AS log WHERE log.workspace = $1 AND log.session = $2 AND log.turn < $3
                               AND log.type = 'attempt-started' AND log.run = leases.run AND log.attempt = leases.attempt AND NOT abandoned)
           )
           UPDATE outcomes SET accepted_turn = NULL WHERE workspace = $1 AND session = $2 AND accepted_turn >= $3`,
    values: [workspace, session, turn],
  });
}

function toSessionRecord({ workspace, session }: TurnRequest, row: SessionRow): SessionRecord {
  const { parent_session, parent_run, parent_attempt, parent_token } = row;
  const hasParent = parent_session !== null && parent_run !== null && parent_attempt !== null && parent_token !== null;
  return {
    workspace,
    id: session,
    planName: row.plan_name,
    planHash: row.plan_hash,
    firstPlanHash: row.first_plan_hash,
    inputsHash: row.inputs_hash,
    baseDirectory: row.base_directory,
    mode: row.mode,
    settings: row.settings,
    budgets: row.budgets,
    ...(hasParent && {
      parent: { session: parent_session, run: parent_run, attempt: parent_attempt, token: parent_token },
    }),
  };
}
