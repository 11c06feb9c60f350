import type { NewSession } from '../../../src/contracts/ports/session-catalog';
import type {
  CommittedTurn,
  StoredTurn,
  TurnStore,
  TurnTransaction,
  TurnWrites,
} from '../../../src/contracts/ports/turn-store';
import type { TurnRequest } from '../../../src/contracts/protocol/activities';
import { createLogger } from '../../../src/telemetry/logger';
import { createMetrics } from '../../../src/telemetry/metrics';
import { observeTurns } from '../../../src/telemetry/observe-turns';

const turnAt = (now: number): CommittedTurn => ({ now, accepted: [], dropped: [], decisions: [] });
const writes = {
  turn: turnAt(1),
  log: [{ at: 1, type: 'session-started', data: {} }],
  runs: [],
} as unknown as TurnWrites;
const request = { workspace: 'w', session: 's', runId: 'r', turn: 1 } as TurnRequest;

/** Works the turn, and then returns the one that is stored; none where the id of a new session is taken. */
function storeOf(stored: CommittedTurn | undefined): TurnStore {
  const never = (): never => {
    throw new Error('nobody asks for it');
  };
  const storedTurn = { turn: stored, session: { planName: 'p' } } as StoredTurn;
  return {
    inTurn: async (_, work) => {
      await work({} as TurnTransaction);
      return storedTurn;
    },
    inFirstTurn: async (_, __, work) => {
      if (!stored) return undefined;
      await work({} as TurnTransaction);
      return storedTurn;
    },
    committedBehind: never,
    unbegunAttempts: never,
    noteCalled: never,
  };
}

/** Counted sessions that have started. */
async function countedIn(stored: CommittedTurn | undefined, take: (turns: TurnStore) => Promise<unknown>) {
  const metrics = createMetrics();
  const log = createLogger('error', { write: () => undefined });
  await take(observeTurns(storeOf(stored), { metrics, log, typeOf: () => Promise.resolve('simulated') }));
  return (await metrics.sessionsStarted.get()).values.map(({ value }) => value);
}

it.each([
  ['counts a turn that it has committed', writes.turn, 1],
  ['counts nothing where another process was first, though it was worked out here too', turnAt(2), 0],
])('%s', async (_, stored, count) => {
  const work = () => Promise.resolve(writes);
  expect(await countedIn(stored, (turns) => turns.inTurn(request, work))).toEqual([count]);
});

it.each([
  ['counts the first turn of a session that it has added', writes.turn, 1],
  ['counts nothing where the session was there', undefined, 0],
])('%s', async (_, stored, count) => {
  const session = { workspace: 'w', id: 's' } as NewSession;
  const work = () => Promise.resolve(writes);
  expect(await countedIn(stored, (turns) => turns.inFirstTurn(session, request, work))).toEqual([count]);
});
