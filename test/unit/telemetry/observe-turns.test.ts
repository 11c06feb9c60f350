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

/** Works the turn, and then returns the one that is stored. */
function storeOf(stored: CommittedTurn): TurnStore {
  const never = (): never => {
    throw new Error('nobody asks for it');
  };
  return {
    inTurn: async (_, work) => {
      await work({} as TurnTransaction);
      return { turn: stored, session: { planName: 'p' } } as StoredTurn;
    },
    inFirstTurn: never,
    committedBehind: never,
    unbegunAttempts: never,
    noteCalled: never,
  };
}

it.each([
  ['counts a turn that it has committed', writes.turn, 1],
  ['counts nothing where another process was first, though it was worked out here too', turnAt(2), 0],
])('%s', async (_, stored, count) => {
  const metrics = createMetrics();
  const log = createLogger('error', { write: () => undefined });
  const turns = observeTurns(storeOf(stored), { metrics, log, typeOf: () => Promise.resolve('simulated') });
  await turns.inTurn(request, () => Promise.resolve(writes));
  expect((await metrics.sessionsStarted.get()).values.map(({ value }) => value)).toEqual([count]);
});
