import { randomUUID } from 'node:crypto';
import type { Pool, QueryConfig, QueryResult } from 'pg';
import type { Settlement } from '../contracts/ports/attempt-store';
import type { CalledAttempt, TurnWrites } from '../contracts/ports/turn-store';
import type { TurnRequest } from '../contracts/protocol/activities';
import { jsonArtifact } from '../contracts/schemas/json-artifact';
import type { SessionState } from '../domain/session/state';
import { LeaseTokens } from './lease-tokens';
import { inWorkspace } from './scope';
import { inTransaction } from './transaction';
import { addAndOpen, expectTurn, openTurn } from './turn-opening';
import type { OpenedTurn } from './turn-opening';
import { createTurnTransaction } from './turn-transaction';
import { turnWrites } from './turn-writing';

/** No workspace can have this name. */
const nowhere = ' rehearsal';

/** Thrown where all went well. */
class RolledBack extends Error {}

/**
 * Opens so many connections, and has each take the turns of a session that is then rolled back: PostgreSQL plans statements, and what triggers do, once a
 * connection, which costs more than a turn does afterwards.
 */
export async function rehearseTurns(pool: Pool, connections: number): Promise<void> {
  await Promise.all(Array.from({ length: connections }, () => rehearse(pool)));
}

async function rehearse(pool: Pool): Promise<void> {
  // Of its own, as others that rehearse would be waited for.
  const id = randomUUID();
  const request = (turn: number): TurnRequest => ({
    workspace: nowhere,
    session: id,
    runId: id,
    turn,
    events: [],
    firstOfRun: turn === 1,
  });
  try {
    await inTransaction(inWorkspace(pool, nowhere), async (client) => {
      const tokens = new LeaseTokens();
      const sent: Promise<unknown>[] = [];
      const send = (statement: QueryConfig): Promise<QueryResult> => {
        const answer = client.query(statement);
        sent.push(answer);
        return answer;
      };
      const take = async (
        opened: OpenedTurn,
        { starts = [], settles = [], ends = false }: Part,
      ): Promise<CalledAttempt[]> => {
        const turn = createTurnTransaction(client, opened, { ...keeping, tokens, send: (one) => void send(one) });
        const leases = starts.map((run) => ({ run, attempt: 1, agent: 'nobody', accounts: [], grantMs: 1 }));
        const taken = await turn.takeLeases(leases);
        turn.settle(settles.map((one) => settlementOf(opened, one)));
        for (const write of turnWrites(opened, writesOf(opened.now, settles, ends), keeping)) void send(write);
        return taken.map(({ token }, at) => ({ run: starts[at] ?? '', attempt: 1, token }));
      };
      const added = { workspace: nowhere, id, inputs: { id }, ...emptySession };
      await addAndOpen(client, request(1), added, { ...keeping, tokens, inputs: jsonArtifact(added.inputs) });
      const opened = await openTurn(client, request(1), tokens);
      const durations = createTurnTransaction(client, opened, { ...keeping, send: () => undefined });
      await durations.expectedDurations(['here']);
      const [here, there] = (await take(opened, { starts: ['here', 'there'] })) as [CalledAttempt, CalledAttempt];
      const ground = { ...opened, runId: id, plainLeases: opened.leases.leftOpen() };
      await take(expectTurn(request(2), ground, { tokens, send }), { settles: [here] });
      await take(await openTurn(client, request(3), tokens), { settles: [there], ends: true });
      await Promise.all(sent);
      throw new RolledBack();
    });
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error;
  }
}

/** What a turn does. */
interface Part {
  starts?: readonly string[];
  settles?: readonly CalledAttempt[];
  ends?: boolean;
}

const keeping = { retentionDays: 1 };

function settlementOf({ request: { workspace, session }, now }: OpenedTurn, attempt: CalledAttempt): Settlement {
  const when = { startedAt: now, endedAt: now };
  return {
    attempt: { workspace, session, ...attempt },
    planName: '',
    verdict: 'succeeded',
    retryable: true,
    evidence: [],
    ...when,
  };
}

const none = { total: 1, succeeded: 0, failed: 0, skipped: 0, cancelled: 0, running: 0, percent: 0 };

const emptySession = {
  planName: '',
  planHash: '',
  baseDirectory: '',
  mode: '',
  settings: { taskQueue: '', leaseMs: 1, grantMs: 1, searchAttributes: false, continueAfterEvents: 1 },
  progress: { status: 'running', ...none },
} as const;

function writesOf(now: number, settled: readonly CalledAttempt[], ends: boolean): TurnWrites {
  const row = {
    item: -1,
    position: 0,
    status: 'succeeded' as const,
    reason: null,
    agent: 'nobody',
    items: null,
    isRace: false,
    queuedAt: now,
    startedAt: now,
    endedAt: now,
    error: null,
  };
  return {
    turn: { now, accepted: [], dropped: [], decisions: [] },
    log: [{ at: now, type: 'session-paused', data: {} }],
    runs: settled.map(({ run, attempt }) => ({ ...row, run, task: run, attempt })),
    acceptedOutcomes: [...settled],
    children: [],
    line: { joins: [], budgetWaits: [], conflicts: [], leaves: [], startedTokens: [] },
    status: 'succeeded',
    progress: { ...none, status: 'succeeded', succeeded: 1, percent: 100 },
    explained: () => [],
    ...(ends && { end: { state: emptyState, parentVerdict: 'succeeded' as const } }),
  };
}

const emptyState: SessionState = {
  id: '',
  startedAt: 0,
  tasks: [],
  toEvaluate: [],
  queue: [],
  load: [],
  inFlight: 0,
  inLine: 0,
  open: 0,
};
