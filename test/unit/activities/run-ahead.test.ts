import fc from 'fast-check';
import { runAhead } from '../../../src/activities/turn/run-ahead';
import type { AheadLimits } from '../../../src/activities/turn/attempts-ahead';
import type { TakenTurn } from '../../../src/activities/turn/take-turn';
import type { InlineAttempts } from '../../../src/contracts/ports/inline-attempts';
import { applyDecision, decide } from '../../../src/domain/session/decide';
import type { Decision } from '../../../src/domain/session/events';
import { indexOutline } from '../../../src/domain/session/outline';
import { initialState } from '../../../src/domain/session/state';
import { arbitraryOutline } from '../../helpers/engine/arbitrary-outline';
import { engineRuns } from '../../helpers/engine/engine-runs';
import { outlineOf } from '../../helpers/engine/outline-of';
import { SplitSession } from '../../helpers/engine/split-session';
import type { Split } from '../../helpers/engine/split-session';

const plenty: AheadLimits = { attempts: 2_000, bytes: 1_000, started: 500, waiting: 100 };

const splits: fc.Arbitrary<Split> = fc.record({
  seed: fc.nat(),
  inline: fc.constantFrom(0.3, 0.7, 1),
  turnsMs: fc.constantFrom(0, 60_000),
  overruns: fc.constantFrom(0, 0.1),
  places: fc.constantFrom(undefined, 1, 3),
  limits: fc.record({
    attempts: fc.integer({ min: 1, max: 12 }),
    bytes: fc.constantFrom(1, 1_000),
    started: fc.integer({ min: 1, max: 12 }),
    waiting: fc.integer({ min: 1, max: 12 }),
  }),
});

const shapes = { maxTasks: 8, timeouts: false };
/** Which racer is first hangs on the order, as it should. */
const outlines = arbitraryOutline({ ...shapes, onFailure: ['continue', 'skip-dependents'] }).filter(({ tasks }) =>
  tasks.every(({ race }) => race === undefined),
);
const races = arbitraryOutline({ ...shapes, onFailure: ['continue', 'skip-dependents', 'fail'] }).filter(({ tasks }) =>
  tasks.some(({ race }) => race !== undefined),
);

/** Sessions come to what they come to without turns that run ahead, whatever disturbs them, and then are as expected. */
const expectTheSame = (disturbances: Partial<Split>, expected: Partial<SplitSession>): Promise<void> =>
  fc.assert(
    fc.asyncProperty(outlines, splits, async (outline, split) => {
      const apart = await new SplitSession(outline, { ...split, inline: 0, limits: plenty }).play();
      const session = new SplitSession(outline, { ...split, ...disturbances });
      expect(await session.play()).toEqual(apart);
      expect(session).toMatchObject(expected);
    }),
    engineRuns(0.02),
  );

test('steps of a session come to the same, however they are split into turns and between turns and agent workers', () =>
  expectTheSame({}, { ahead: 0, repeated: [], untrue: [] }));

test('they come to the same where workers are killed, and nothing is done again that was committed', () =>
  expectTheSame({ kills: 0.2, pauses: 0.1 }, { ahead: 0, repeated: [], untrue: [] }));

test('they come to the same where two workers take the same turns, and what follows is given what was committed', () =>
  expectTheSame({ kills: 0.1, twins: 0.5 }, { ahead: 0, untrue: [] }));

test.each([
  ['', {}, { ahead: 0, repeated: [], returned: [] }],
  [', and workers are killed', { kills: 0.2, twins: 0.2 }, { ahead: 0 }],
])('races end wherever their racers run, and no loser that was called counts as never begun%s', (_, more, expected) =>
  fc.assert(
    fc.asyncProperty(races, splits, async (outline, split) => {
      const session = new SplitSession(outline, { ...split, ...more });
      await session.play();
      expect(session).toMatchObject(expected);
    }),
    engineRuns(0.02),
  ),
);

test.each<[string, mark: (0 | 1 | 2 | 3)[], tries: number[], begun: number]>([
  ['is new', [], [], 1],
  ['is new, and evidence says how often to try', [0], [3], 1],
  ['is in flight', [1], [], 0],
  ['is come for by its agent', [2], [], 0],
  ['has ended in the branch that a reset has left', [3], [], 0],
])('begins an attempt of an agent of the registry that %s: mark %j', async (_, mark, tries, begun) => {
  const index = indexOutline(outlineOf({ only: { agents: 'of the registry' } }));
  const start: Decision = ['start', 0, -1, 1, 'quick', 7, ...mark, ...tries] as Decision;
  const { state } = applyDecision(
    index,
    decide(index, initialState(index, 'session', 0), { id: 'start', type: 'session-started' }, 0).state,
    start,
    0,
  );
  const begin = jest.fn<ReturnType<InlineAttempts['begin']>, Parameters<InlineAttempts['begin']>>();
  const inline = { begin, patience: () => ({ turnsMs: 1, attemptMs: 1 }) } as unknown as InlineAttempts;
  const taken = {
    turn: { decisions: [start] },
    state,
    session: { settings: { leaseMs: 1 } },
    loaded: { index },
    inline: new Map([['only', { workspace: 'acme', name: 'quick', ...(tries[0] && { tries: tries[0] }) }]]),
  } as unknown as TakenTurn;
  await runAhead(inline, [taken], () => Promise.reject(new Error('nothing has ended')));
  expect(begin).toHaveBeenCalledTimes(begun);
});

test('what ends in the same moment shares a turn', async () => {
  const outline = outlineOf({
    ...Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`t${at}`, { onFailure: 'continue' as const }])),
    last: { needs: ['t0', 't19'], onFailure: 'continue' },
  });
  const session = new SplitSession(outline, { seed: 1, inline: 1, turnsMs: 60_000, limits: plenty });
  jest.spyOn(session as unknown as { random: () => number }, 'random').mockReturnValue(0.2);
  await session.play();
  expect(session.turns).toBe(3);
});

test('what would be too much for one turn is shared out among turns', async () => {
  const outline = outlineOf(
    Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`t${at}`, { onFailure: 'continue' as const }])),
  );
  const turnsOf = async (bytes: number): Promise<number> => {
    const session = new SplitSession(outline, { seed: 1, inline: 1, turnsMs: 60_000, limits: { ...plenty, bytes } });
    jest.spyOn(session as unknown as { random: () => number }, 'random').mockReturnValue(0.2);
    await session.play();
    return session.turns;
  };
  expect(await turnsOf(1_000)).toBe(2);
  // Of a byte each; those that fail have none.
  expect(await turnsOf(4)).toBeGreaterThanOrEqual(4);
});

test('where the database refuses what an attempt came to, a worker does it, and nobody tries the turn again', async () => {
  const index = indexOutline(outlineOf({ only: {} }));
  const begun = decide(index, initialState(index, 'session', 0), { id: 'start', type: 'session-started' }, 0);
  const start: Decision = ['start', 0, -1, 1, 0, 7];
  const { state } = applyDecision(index, begun.state, start, 0);
  const settlement = { attempt: { run: 'only', attempt: 1 }, verdict: 'succeeded' };
  const leave = jest.fn();
  const inline = {
    takes: () => true,
    begin: () => ({ ended: Promise.resolve(settlement), giveUp: () => undefined }),
    enter: () => leave,
    patience: () => ({ turnsMs: 1_000, attemptMs: 1_000 }),
  } as unknown as InlineAttempts;
  const plan = { tasks: { only: { name: 'only' } } };
  const first = {
    turn: { decisions: [start] },
    state,
    session: { settings: { leaseMs: 1 } },
    loaded: { index, plan },
  } as unknown as TakenTurn;
  const taken = [first];
  await runAhead(inline, taken, () => Promise.reject(Object.assign(new Error('out of range'), { code: '22003' })));
  expect(taken).toEqual([first]);
  expect(leave).toHaveBeenCalledTimes(1);
  const away = Object.assign(new Error('away'), { code: '57P01' });
  await expect(runAhead(inline, [first], () => Promise.reject(away))).rejects.toBe(away);
});

test('where its time is up, a session lets the others in, and goes on with its next activity', async () => {
  const names = Array.from({ length: 10 }, (_, at) => `t${at}`);
  const chain = outlineOf(
    Object.fromEntries(
      names.map((name, at) => [name, { needs: names.slice(Math.max(0, at - 1), at), onFailure: 'continue' as const }]),
    ),
  );
  const activitiesOf = async (turnsMs: number): Promise<number> => {
    const session = new SplitSession(chain, { seed: 1, inline: 1, turnsMs, limits: plenty });
    jest.spyOn(session as unknown as { random: () => number }, 'random').mockReturnValue(0.2);
    await session.play();
    return session.activities;
  };
  expect(await activitiesOf(60_000)).toBe(1);
  // Each ends with what it has begun.
  expect(await activitiesOf(0)).toBeGreaterThanOrEqual(10);
});

test('a session that is wider than its places runs all of it here, and starts no more while many wait for one', async () => {
  const names = Array.from({ length: 20 }, (_, at) => `t${at}`);
  const kept = { onFailure: 'continue' as const };
  const wide = outlineOf({
    ...Object.fromEntries(names.map((name) => [name, kept])),
    ...Object.fromEntries(names.map((name) => [`after-${name}`, { needs: [name], ...kept }])),
  });
  const playWith = async (waiting: number): Promise<SplitSession> => {
    const limits = { ...plenty, waiting };
    const session = new SplitSession(wide, { seed: 1, inline: 1, turnsMs: 60_000, limits, places: 3 });
    await session.play();
    expect(session.activities).toBe(1);
    return session;
  };
  expect((await playWith(5)).postponed).toBeGreaterThan(0);
  expect((await playWith(100)).postponed).toBe(0);
});
