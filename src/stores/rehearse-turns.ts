import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { jsonArtifact } from '../contracts/schemas/json-artifact';
import type { TurnWrites } from '../contracts/ports/turn-store';
import { LeaseTokens } from './lease-tokens';
import { inWorkspace } from './scope';
import { inTransaction } from './transaction';
import { addAndOpen, openTurn } from './turn-opening';
import { createTurnTransaction } from './turn-transaction';
import { turnWrites } from './turn-writing';

/** No workspace can have this name. */
const nowhere = ' rehearsal';

/** Thrown where all went well. */
class RolledBack extends Error {}

/**
 * Opens so many connections, and has each take the only turn of a session that is then rolled back: PostgreSQL plans statements, and what triggers do, once a
 * connection, which costs more than a turn does afterwards.
 */
export async function rehearseTurns(pool: Pool, connections: number): Promise<void> {
  await Promise.all(Array.from({ length: connections }, () => rehearse(pool)));
}

async function rehearse(pool: Pool): Promise<void> {
  // Of its own, as others that rehearse would be waited for.
  const session = randomUUID();
  const request = { workspace: nowhere, session, runId: session, turn: 1, events: [], firstOfRun: true };
  const attempt = { workspace: nowhere, session, run: 'only', attempt: 1, token: 0 };
  try {
    await inTransaction(inWorkspace(pool, nowhere), async (client) => {
      const tokens = new LeaseTokens();
      const added = { workspace: nowhere, id: session, inputs: { session }, ...emptySession };
      await addAndOpen(client, request, added, { tokens, inputs: jsonArtifact(added.inputs), retentionDays: 1 });
      const opened = await openTurn(client, request, undefined);
      tokens.add([attempt.token]);
      const sent: Promise<unknown>[] = [];
      const turn = createTurnTransaction(client, opened, {
        tokens,
        retentionDays: 1,
        send: (statement) => void sent.push(client.query(statement)),
      });
      await turn.expectedDurations([attempt.run]);
      await turn.takeLeases([{ ...attempt, agent: 'nobody', accounts: [], grantMs: 1 }]);
      const when = { startedAt: opened.now, endedAt: opened.now };
      turn.settle([{ attempt, planName: '', verdict: 'succeeded', retryable: true, evidence: [], ...when }]);
      for (const write of turnWrites(request, opened.session, writesOf(opened.now))) sent.push(client.query(write));
      await Promise.all(sent);
      throw new RolledBack();
    });
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error;
  }
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

/** Of a turn that ends a session of one task. */
function writesOf(now: number): TurnWrites {
  const row = {
    task: 'only',
    item: -1,
    position: 0,
    reason: null,
    agent: 'nobody',
    attempt: 1,
    items: null,
    isRace: false,
  };
  return {
    turn: { now, accepted: [], dropped: [], decisions: [] },
    log: [{ at: now, type: 'session-ended', data: {} }],
    runs: [{ run: 'only', ...row, status: 'succeeded', queuedAt: now, startedAt: now, endedAt: now, error: null }],
    acceptedOutcomes: [{ run: 'only', attempt: 1 }],
    children: [],
    line: { joins: [], budgetWaits: [], conflicts: [], leaves: [], startedTokens: [] },
    status: 'succeeded',
    progress: { ...none, status: 'succeeded', succeeded: 1, percent: 100 },
    explained: () => [],
    end: {
      state: {
        id: '',
        startedAt: now,
        tasks: [],
        toEvaluate: [],
        queue: [],
        load: [],
        inFlight: 0,
        inLine: 0,
        open: 0,
      },
      parentVerdict: 'succeeded',
    },
  };
}
