import { setImmediate as nextRound } from 'node:timers/promises';
import type { AgentTransport, Heartbeat } from '../../../src/sdk/agent-transport';
import { ApiError } from '../../../src/sdk/api-error';
import { HeldWork } from '../../../src/sdk/held-work';
import { WorkUnderWay } from '../../../src/sdk/work-under-way';
import type { AgentWork } from '../../../src/sdk/agent-work';

/** Heartbeats wait until they are left, and then are answered. */
class WaitingTransport implements AgentTransport {
  readonly beats: Heartbeat[] = [];
  private told: () => void = () => undefined;

  constructor(readonly tellsAtOnce: boolean) {}

  claim = (): never => {
    throw new Error('nothing is claimed');
  };
  settle = this.claim;
  close = this.claim;

  heartbeat(body: Heartbeat, signal: AbortSignal): Promise<{ stop: [] }> {
    this.beats.push(structuredClone(body));
    this.told();
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve({ stop: [] }), { once: true }));
  }

  /** Resolves with the next heartbeat. */
  next(): Promise<Heartbeat | undefined> {
    return new Promise((resolve) => (this.told = () => resolve(this.beats.at(-1))));
  }
}

const work = {
  ...{ workspace: 'default', session: 's', task: 'work', attempt: 1, token: 7, idempotencyKey: 'k' },
  ...{ prompt: null, input: null, context: {}, timeoutMs: 600_000, leaseMs: 600_000 },
} satisfies AgentWork;

function hold(
  transport: AgentTransport,
  onError = (error: unknown): void => {
    throw error;
  },
): { one: WorkUnderWay; held: HeldWork; end: AbortController } {
  const end = new AbortController();
  const held = new HeldWork(transport, { signal: end.signal, onError });
  const one = new WorkUnderWay(work);
  held.add([one]);
  return { one, held, end };
}

it('tells progress at once where that costs little, and what comes together in one go', async () => {
  const transport = new WaitingTransport(true);
  const { one, end } = hold(transport);
  const next = transport.next();
  await one.run((_, { progress }) => {
    progress({ percent: 10 });
    progress({ percent: 20, message: 'on it' });
  });
  expect((await next)?.attempts).toMatchObject([{ task: 'work', percent: 20, message: 'on it' }]);
  expect(transport.beats).toHaveLength(2);
  end.abort();
});

it('tells no more than the API takes: it would refuse all that share the heartbeat', async () => {
  const transport = new WaitingTransport(true);
  const { one, end } = hold(transport);
  const next = transport.next();
  await one.run((_, { progress }) => {
    progress({ percent: 120, message: 'x'.repeat(600) });
    progress({ percent: NaN });
  });
  expect((await next)?.attempts).toMatchObject([{ percent: 100, message: 'x'.repeat(500) }]);
  end.abort();
});

it('tells progress with the next heartbeat elsewhere', async () => {
  jest.useFakeTimers();
  const transport = new WaitingTransport(false);
  const { one, end } = hold(transport);
  await one.run((_, { progress }) => progress({ percent: 10 }));
  await jest.advanceTimersByTimeAsync(10_000);
  expect(transport.beats).toHaveLength(1);
  end.abort();
  jest.useRealTimers();
});

it('keeps what comes in the moment in which nothing else is held any more', async () => {
  // By and by those who waited for the last heartbeat find out that it was answered.
  for (let steps = 0; steps < 20; steps += 1) {
    const transport = new WaitingTransport(true);
    const { one, held, end } = hold(transport);
    held.remove(one);
    for (let step = 0; step < steps; step += 1) await Promise.resolve();
    held.add([new WorkUnderWay({ ...work, task: 'other' })]);
    await new Promise(setImmediate);
    expect([steps, transport.beats.at(-1)?.attempts]).toEqual([steps, [expect.objectContaining({ task: 'other' })]]);
    end.abort();
  }
});

it('does not ask without pause where it is refused for good', async () => {
  const transport = new WaitingTransport(false);
  const refusal = new ApiError(401, 'TOKEN_INVALID', 'The token is not valid.', { retryable: false });
  transport.heartbeat = async (body) => {
    transport.beats.push(body);
    await nextRound();
    throw refusal;
  };
  const errors: unknown[] = [];
  const { end } = hold(transport, (error) => errors.push(error));
  for (let round = 0; round < 20; round++) await nextRound();
  expect([transport.beats.length, errors]).toEqual([1, [refusal]]);
  end.abort();
});
