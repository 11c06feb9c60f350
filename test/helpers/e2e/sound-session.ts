import type { SessionHandle } from '../../../src/client/session-handle';
import type { TaskStatus } from '../../../src/domain/session/state';
import { until } from '../until';
import type { CrashRig } from './crash-rig';

export interface ExpectedSession {
  /** By run key: `fix`, `each[3]`. */
  runs: Record<string, TaskStatus>;
  /** Default succeeded. */
  status?: string;
  /** What Temporal calls the end of the workflow. Default COMPLETED. */
  workflow?: 'COMPLETED' | 'FAILED' | 'CANCELLED';
  /** The workflow was reset: turns of the branch that was left are there as well. */
  wasReset?: boolean;
  /** Of a branch that was left: a run that the session does not have. */
  leftRun?: string;
  /** Default that of `until`. */
  withinMs?: number;
}

interface OutcomeRow {
  run: string;
  attempt: number;
  verdict: string;
  lost: boolean;
  accepted: boolean;
  token: number;
  costUsd: number | null;
}

interface LeaseRow {
  run: string;
  attempt: number;
  token: number;
  released: boolean;
  isChild: boolean;
}

interface LogRow {
  seq: number;
  turn: number;
  eventId: string | null;
  type: string;
  run: string | null;
  attempt: number | null;
  abandoned: boolean;
}

/**
 * What has to be true of every session, whatever crashed on the way: all tasks done as expected, no result accepted twice, every event in
 * the log once, no lease orphaned, no reservation missing, no agent alive. Waits for the end of the session first.
 */
export async function expectSound(rig: CrashRig, session: SessionHandle, expected: ExpectedSession): Promise<void> {
  const { status = 'succeeded', workflow = 'COMPLETED' } = expected;
  await until('the session ends', () => hasEnded(session), expected.withinMs).catch(async (error: unknown) => {
    throw new Error(`${(error as Error).message}:\n${await describeSession(rig, session)}`);
  });
  const overview = await session.overview();
  if (overview.status !== status)
    throw new Error(`the session is ${overview.status} (${overview.error}):\n${await describeSession(rig, session)}`);
  const runs = await session.runs();
  expect(Object.fromEntries(runs.map(({ run, status: runStatus }) => [run, runStatus]))).toEqual(expected.runs);

  // Between the end in the database and the end in Temporal lies a workflow task; that of a killed worker comes again after 10 s.
  await until('the workflow is closed', async () => (await workflowStatus(rig, session)) !== 'RUNNING');
  expect(await workflowStatus(rig, session)).toBe(workflow);

  const allOutcomes = await select<OutcomeRow & { undeliverable: boolean }>(
    rig,
    session,
    `SELECT run, attempt, verdict, lost, accepted_turn IS NOT NULL AS accepted, undeliverable, token, cost_usd::float8 AS "costUsd"
     FROM outcomes WHERE workspace = $1 AND session = $2 ORDER BY run, attempt`,
  );
  const outcomes = allOutcomes.filter(({ run }) => run !== expected.leftRun);
  expect(allOutcomes.filter((outcome) => !outcomes.includes(outcome)).every(({ undeliverable }) => undeliverable)).toBe(
    true,
  );
  // One accepted success for each run that did succeed, and that of its latest attempt. A fan-out as a whole has no attempts.
  const successes = outcomes.filter(({ accepted, verdict }) => accepted && verdict === 'succeeded');
  const done = runs.filter((run) => run.status === 'succeeded' && run.items === null);
  expect(successes.map(keyOf).sort()).toEqual(
    done.map(({ run, attempts }) => keyOf({ run, attempt: attempts })).sort(),
  );
  expect(outcomes.filter(({ accepted }) => !accepted)).toEqual([]);

  await expectSoundLog(rig, session, overview.turn, expected.wasReset === true, outcomes);
  await expectSoundLeases(rig, session, allOutcomes);
  const children = await select<{ id: string }>(
    rig,
    session,
    'SELECT id FROM sessions WHERE workspace = $1 AND parent_session = $2 AND ended_at IS NULL',
  );
  expect(children).toEqual([]);

  const agents = rig.traces.all().filter((trace) => trace.session === session.id && trace.what === 'started');
  const starts = agents.map(({ task, attempt }) => `${task}/${attempt}`);
  expect(starts).toEqual([...new Set(starts)]);
  expect(agents.filter(({ pid }) => rig.traces.isAlive(pid))).toEqual([]);
}

const keyOf = ({ run, attempt }: { run: string | null; attempt: number | null }): string => `${run}/${attempt}`;

async function expectSoundLog(
  rig: CrashRig,
  session: SessionHandle,
  lastTurn: number,
  wasReset: boolean,
  outcomes: OutcomeRow[],
): Promise<void> {
  const log = await select<LogRow>(
    rig,
    session,
    `SELECT seq, turn, event_id AS "eventId", type, run, attempt, abandoned
     FROM session_events WHERE workspace = $1 AND session = $2 ORDER BY seq`,
  );
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, at) => at + 1));
  if (!wasReset) expect(log.filter(({ abandoned }) => abandoned)).toEqual([]);
  const valid = log.filter(({ abandoned }) => !abandoned);
  expect(valid.map(({ turn }) => turn)).toEqual(valid.map(({ turn }) => turn).sort((a, b) => a - b));
  const once = (what: string, keys: (string | null)[]): void => {
    const seen = new Set<string>();
    const repeated = keys.filter((key) => key !== null && (seen.has(key) || !seen.add(key)));
    expect([what, repeated]).toEqual([what, []]);
  };
  const ofType = (...types: string[]): LogRow[] => valid.filter(({ type }) => types.includes(type));
  once(
    'event id',
    valid.map(({ eventId }) => eventId),
  );
  once('start of an attempt', ofType('attempt-started').map(keyOf));
  once('end of an attempt', ofType('attempt-ended').map(keyOf));
  once(
    'end of the session',
    ofType('session-ended').map(({ type }) => type),
  );
  expect(valid.at(-1)?.type).toBe('session-ended');
  // Every attempt that was started has ended, and with the outcome that is stored for it.
  const ended = new Set(ofType('attempt-ended').map(keyOf));
  expect(ofType('attempt-started').filter((start) => !ended.has(keyOf(start)))).toEqual([]);
  expect(outcomes.filter((outcome) => !ended.has(keyOf(outcome)))).toEqual([]);

  const turns = await select<{ turn: number; commits: number }>(
    rig,
    session,
    'SELECT turn, count(*)::int AS commits FROM turns WHERE workspace = $1 AND session = $2 GROUP BY turn ORDER BY turn',
  );
  const committed = turns.map(({ turn }) => turn).slice(0, lastTurn);
  expect(committed).toEqual(committed.map((_, at) => at + 1));
  if (wasReset) return;
  expect(turns).toHaveLength(lastTurn);
  expect(turns.filter(({ commits }) => commits !== 1)).toEqual([]);
}

async function expectSoundLeases(rig: CrashRig, session: SessionHandle, outcomes: OutcomeRow[]): Promise<void> {
  const leases = await select<LeaseRow>(
    rig,
    session,
    'SELECT run, attempt, token, released_at IS NOT NULL AS released, accounts IS NULL AS "isChild" FROM leases WHERE workspace = $1 AND session = $2 ORDER BY run, attempt',
  );
  expect(leases.filter(({ released }) => !released)).toEqual([]);
  const tokens = new Map(leases.map((lease) => [keyOf(lease), lease.token]));
  expect(outcomes.filter((outcome) => tokens.get(keyOf(outcome)) !== outcome.token)).toEqual([]);

  const entries = await select<{ run: string; attempt: number; token: number; entry: string; costUsd: number | null }>(
    rig,
    session,
    'SELECT run, attempt, token, entry, spent_micros::float8 / 1000000 AS "costUsd" FROM ledger WHERE workspace = $1 AND session = $2 ORDER BY run, attempt',
  );
  const isOfLease = (entry: { run: string; attempt: number; token: number }): boolean =>
    tokens.get(keyOf(entry)) === entry.token;
  const working = leases.filter(({ isChild }) => !isChild);
  expect(entries.filter((entry) => entry.entry === 'reserved' && isOfLease(entry)).map(keyOf)).toEqual(
    working.map(keyOf),
  );
  const costs = ({ run, attempt, costUsd }: { run: string; attempt: number; costUsd: number | null }) => ({
    run,
    attempt,
    costUsd,
  });
  expect(entries.filter(({ entry, costUsd }) => entry === 'settled' && costUsd !== null).map(costs)).toEqual(
    outcomes.filter(({ costUsd }) => costUsd !== null).map(costs),
  );
}

async function workflowStatus(rig: CrashRig, session: SessionHandle): Promise<string> {
  const { status } = await rig.installation.temporal.workflow.getHandle(session.workflowId).describe();
  return status.name === 'CONTINUED_AS_NEW' ? 'RUNNING' : status.name;
}

/** Runs that have succeeded, by the workflow itself; undefined where it does not answer just now. */
export async function succeededIn(session: SessionHandle): Promise<number | undefined> {
  return (await session.progress().catch(() => undefined))?.succeeded;
}

/** PostgreSQL may be away for the moment. */
async function hasEnded(session: SessionHandle): Promise<boolean> {
  const overview = await session.overview().catch(() => undefined);
  return overview !== undefined && overview.endedAt !== null;
}

/** For messages: what a session that does not end is at. */
async function describeSession(rig: CrashRig, session: SessionHandle): Promise<string> {
  const lines = [
    ...(await session.runs()).map(({ run, status, attempts }) => ({ run, status, attempts })),
    ...(await select(
      rig,
      session,
      'SELECT run, attempt, expires_at, begun_at, released_at FROM leases WHERE workspace = $1 AND session = $2',
    )),
    ...(await select(
      rig,
      session,
      'SELECT seq, turn, type, run, attempt FROM session_events WHERE workspace = $1 AND session = $2 ORDER BY seq DESC LIMIT 20',
    )),
  ];
  return lines.map((line) => JSON.stringify(line)).join('\n');
}

/** Rows of the session; workspace and session are the parameters 1 and 2. */
export async function select<Row extends object>(rig: CrashRig, session: SessionHandle, text: string): Promise<Row[]> {
  const { pool, configuration } = rig.installation;
  const { rows } = await pool.query<Row>(text, [configuration.workspace, session.id]);
  return rows;
}
