import type { BackstopStore, UnacceptedOutcome } from '../../../src/contracts/ports/backstop-store';
import type { SessionEvent } from '../../../src/domain/session/events';
import { startBackstop } from '../../../src/workers/backstop';
import type { BackstopDependencies } from '../../../src/workers/backstop';
import { until } from '../../helpers/until';

const never = 3_600_000;
const intervals = {
  sweepMs: 1,
  patienceMs: never,
  longestPauseMs: never,
  leaseGraceMs: never,
  hostSilenceMs: 7,
  agentSilenceMs: 8,
  endedSweepMs: never,
  slowSweepMs: never,
};

/** Everything is in order, and nothing is to be done. */
function quietWorld() {
  const done: string[] = [];
  const errors: string[] = [];
  const silences = new Set<number>();
  const signals: { session: string; events: SessionEvent[] }[] = [];
  let sweeps = 0;
  const store: BackstopStore = {
    unacceptedOutcomes: async () => {
      sweeps += 1;
      return [];
    },
    outcomeOf: async () => undefined,
    expiredLeases: async () => [],
    quietSessions: async () => [],
    orphans: async () => [],
    markUndeliverable: async (_, session) => void done.push(`undeliverable ${session}`),
    deletePastWindows: async () => void done.push('delete past windows'),
    abandonSession: async (_, session) => void done.push(`abandon ${session}`),
  };
  const dependencies: BackstopDependencies = {
    store,
    grants: { unacceptedGrants: async () => [] },
    artifacts: {
      deleteExpired: async () => {
        done.push('delete expired');
        return 0;
      },
    },
    memories: { deleteExpired: async () => void done.push('delete memories') },
    presence: { noteSilent: async ({ agentsMs, hostsMs }) => void silences.add(agentsMs).add(hostsMs) },
    agentEvents: { deleteOldEvents: async () => undefined },
    signal: async (_, session, events) => {
      signals.push({ session, events });
      return true;
    },
    endedInTemporal: async () => [],
    isOpen: async () => true,
    onError: (error) => void errors.push((error as Error).message),
  };
  const counted = store.unacceptedOutcomes;
  return {
    dependencies,
    store,
    done,
    errors,
    /** For how long agents and hosts had been silent that it looked for. */
    silences,
    signals,
    /** Lets the sweeps find these outcomes, until told otherwise. */
    outcomes: (found: () => UnacceptedOutcome[]) => {
      store.unacceptedOutcomes = async (olderThanMs, limit) => [...(await counted(olderThanMs, limit)), ...found()];
    },
    /** Waits for so many more sweeps. */
    sweep: async (times: number) => {
      const target = sweeps + times;
      await until(`${times} sweeps are done`, () => sweeps >= target);
    },
  };
}

const outcome = (session: string, run = 'fix', changes: Partial<UnacceptedOutcome> = {}): UnacceptedOutcome => ({
  workspace: 'default',
  session,
  run,
  attempt: 1,
  verdict: 'succeeded',
  lost: false,
  retryable: true,
  retryAfterMs: null,
  ...changes,
});

async function during(world: ReturnType<typeof quietWorld>, work: () => Promise<void>, changes = {}): Promise<void> {
  const backstop = startBackstop(world.dependencies, { ...intervals, ...changes });
  try {
    await work();
  } finally {
    await backstop.stop();
  }
}

it('signals outcomes that were not taken in, one signal a session', async () => {
  const world = quietWorld();
  const lost = outcome('one', 'test', { lost: true, verdict: 'failed' });
  world.outcomes(() => [outcome('one', 'fix', { retryable: false, retryAfterMs: 5 }), lost, outcome('two')]);
  await during(world, () => world.sweep(3));
  expect(world.signals).toEqual([
    {
      session: 'one',
      events: [
        {
          id: 'ended/fix/1',
          type: 'attempt-ended',
          run: 'fix',
          attempt: 1,
          verdict: 'succeeded',
          retryable: false,
          retryAfterMs: 5,
        },
        { id: 'lost/test/1', type: 'attempt-lost', run: 'test', attempt: 1 },
      ],
    },
    {
      session: 'two',
      events: [{ id: 'ended/fix/1', type: 'attempt-ended', run: 'fix', attempt: 1, verdict: 'succeeded' }],
    },
  ]);
});

it('repeats a signal that was in vain', async () => {
  const world = quietWorld();
  world.outcomes(() => [outcome('deaf')]);
  await during(world, () => until('it was signalled again', () => world.signals.length >= 3), {
    patienceMs: 1,
    longestPauseMs: 1,
  });
});

it('ends a session whose workflow is gone', async () => {
  const world = quietWorld();
  world.outcomes(() => (world.done.length === 0 ? [outcome('gone')] : []));
  world.dependencies.signal = async () => false;
  await during(world, () => world.sweep(3));
  expect(world.done).toEqual(['undeliverable gone', 'abandon gone']);
});

it('does not let a session that cannot be signalled hold up the others', async () => {
  const world = quietWorld();
  const { signal } = world.dependencies;
  world.outcomes(() => [outcome('broken'), outcome('fine')]);
  world.dependencies.signal = (workspace, session, events) =>
    session === 'broken' ? Promise.reject(new Error('too many signals')) : signal(workspace, session, events);
  await during(world, () => world.sweep(3));
  expect(world.signals.map(({ session }) => session)).toEqual(['fine']);
  expect(world.errors).toEqual(['too many signals']);
});

it('takes Temporal for away when several sessions in a row cannot be signalled', async () => {
  const world = quietWorld();
  let tried = 0;
  world.outcomes(() => Array.from({ length: 50 }, (_, at) => outcome(`session-${at}`)));
  world.dependencies.signal = () => {
    tried += 1;
    return Promise.reject(new Error('no connection'));
  };
  const backstop = startBackstop(world.dependencies, intervals);
  await until('the first sweep is done', () => world.errors.length > 0);
  await backstop.stop();
  expect(tried).toBeLessThan(10);
});

it('reports attempts whose lease has run out', async () => {
  const world = quietWorld();
  world.store.expiredLeases = async () => [{ workspace: 'default', session: 'one', run: 'fix', attempt: 2 }];
  await during(world, () => world.sweep(3));
  expect(world.signals).toEqual([
    { session: 'one', events: [{ id: 'lost/fix/2', type: 'attempt-lost', run: 'fix', attempt: 2 }] },
  ]);
});

it('takes no lease for expired while it may only not have been extended, after the database was away', async () => {
  const world = quietWorld();
  let looks = 0;
  let isAway = true;
  world.store.expiredLeases = async () => {
    looks += 1;
    return [];
  };
  world.outcomes(() => {
    if (!isAway) return [];
    isAway = false;
    throw new Error('the database is away');
  });
  await during(world, () => world.sweep(5));
  expect(world.errors).toEqual(['the database is away']);
  expect(looks).toBe(0);
  await during(world, () => until('leases are looked at again', () => looks > 0), { leaseGraceMs: 0 });
});

it('closes sessions whose workflow is gone, cancels orphans and deletes artifacts and memories in its slow sweep', async () => {
  const world = quietWorld();
  world.store.quietSessions = async () => [
    { workspace: 'default', session: 'paused' },
    { workspace: 'default', session: 'terminated' },
  ];
  world.store.orphans = async () => [{ workspace: 'default', session: 'child' }];
  world.dependencies.isOpen = async (_, session) => session === 'paused';
  await during(world, () => until('memories are deleted', () => world.done.includes('delete memories')), {
    slowSweepMs: 0,
  });
  expect(world.done.slice(0, 3)).toEqual(['abandon terminated', 'delete expired', 'delete memories']);
  expect(world.signals[0]).toMatchObject({ session: 'child', events: [{ id: 'orphaned', type: 'cancel-requested' }] });
});

it('closes sessions that were ended in Temporal within seconds, and not those that go on after a reset', async () => {
  const world = quietWorld();
  world.dependencies.endedInTemporal = async () => [
    { workspace: 'default', session: 'reset' },
    { workspace: 'default', session: 'terminated' },
  ];
  world.dependencies.isOpen = async (_, session) => session === 'reset';
  await during(world, () => world.sweep(3), { endedSweepMs: 0 });
  expect([...new Set(world.done)]).toEqual(['abandon terminated']);
});

it('goes on where Temporal does not say what was ended in it', async () => {
  const world = quietWorld();
  world.dependencies.endedInTemporal = () => Promise.reject(new Error('no such query'));
  world.store.expiredLeases = async () => [{ workspace: 'default', session: 'one', run: 'fix', attempt: 2 }];
  await during(world, () => world.sweep(5), { endedSweepMs: 0, patienceMs: 0, longestPauseMs: 0 });
  expect(world.errors).toContain('no such query');
  expect(world.signals.length).toBeGreaterThan(1);
});

it('ends no session while Temporal cannot be asked', async () => {
  const world = quietWorld();
  world.store.quietSessions = async () => [{ workspace: 'default', session: 'paused' }];
  world.dependencies.isOpen = () => Promise.reject(new Error('no connection'));
  await during(world, () => until('it has tried', () => world.errors.length > 0), { slowSweepMs: 0 });
  expect(world.done.filter((what) => what.startsWith('abandon'))).toEqual([]);
});

it('sweeps no more once it is stopped', async () => {
  const world = quietWorld();
  let looks = 0;
  world.outcomes(() => {
    looks += 1;
    return [];
  });
  await during(world, () => world.sweep(2));
  const before = looks;
  await new Promise((resolve) => setImmediate(resolve));
  expect(looks).toBe(before);
});

it('looks for agents and hosts that were not heard of', async () => {
  const world = quietWorld();
  await during(world, () => world.sweep(2));
  expect([...world.silences]).toEqual([8, 7]);
});
