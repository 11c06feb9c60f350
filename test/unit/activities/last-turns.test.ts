import { LastTurns } from '../../../src/activities/turn/last-turns';
import type { TakenTurn } from '../../../src/activities/turn/take-turn';
import type { TurnRequest } from '../../../src/contracts/protocol/activities';
import { readPlan, requirePlan } from '../../../src/contracts/schemas/read-plan';
import { decide } from '../../../src/domain/session/decide';
import { applyDecision } from '../../../src/domain/session/decide';
import { initialState } from '../../../src/domain/session/state';
import type { SessionState } from '../../../src/domain/session/state';
import { planDocuments, preparePlan } from '../../../src/main/prepare-plan';

async function planOf(tasks: number) {
  const names = Array.from({ length: tasks }, (_, at) => `  t${at}: { agent: own }`).join('\n');
  const text = `version: 1\nname: p\nagents: { own: { connector: simulated } }\ntasks:\n${names}\n`;
  const { plan } = requirePlan(await readPlan({ file: 'p.yaml', text }, () => Promise.reject(new Error('no file'))));
  return { hash: 'hash', ...preparePlan(planDocuments(plan)[0]?.canonical ?? '') };
}

/** A session of so many tasks, the first of which are in flight. */
async function taken(session: string, { tasks = 2, running = 1 } = {}) {
  const loaded = await planOf(tasks);
  let state: SessionState = initialState(loaded.index, session, 0);
  state = decide(loaded.index, state, { id: 'session-started', type: 'session-started' }, 0).state;
  for (let at = 0; at < running; at++)
    state = applyDecision(loaded.index, state, ['start', at, -1, 1, 0, at + 1], 0).state;
  const request: TurnRequest = { workspace: 'w', session, runId: 'run', turn: 1, events: [], firstOfRun: true };
  const turn = { number: 1, state, loaded } as unknown as TakenTurn;
  return { request, turn, attempt: { workspace: 'w', session, run: 't0', attempt: 1 } };
}

it('knows the next turn of a session that waits for one attempt alone, once', async () => {
  const last = new LastTurns();
  const { request, turn, attempt } = await taken('s');
  last.note(request, turn);
  expect(last.claim({ ...attempt, run: 't1' }, 'run')).toBeUndefined();
  expect(last.claim({ ...attempt, attempt: 2 }, 'run')).toBeUndefined();
  expect(last.claim({ ...attempt, workspace: 'other' }, 'run')).toBeUndefined();
  // Who waits for it is a run that was reset or has continued as new: nobody would tell the session of the turn.
  expect(last.claim(attempt, 'another run')).toBeUndefined();
  expect(last.claim(attempt, 'run')).toEqual({
    request: { workspace: 'w', session: 's', runId: 'run', turn: 2, state: turn.state, firstOfRun: false },
  });
  expect(last.claim(attempt, 'run')).toBeUndefined();
});

it('hands what the start has taken to whichever workflow run comes first, and says that it follows the start', async () => {
  const last = new LastTurns();
  const { request, turn, attempt } = await taken('s');
  last.note({ ...request, runId: 'start' }, turn);
  expect(last.claim(attempt, 'run')?.request).toMatchObject({ runId: 'run', continuedFrom: 'start', turn: 2 });
  expect(last.claim(attempt, 'another run')).toBeUndefined();
});

it('leaves the turn to the workflow where more than one attempt is in flight, or none is', async () => {
  const last = new LastTurns();
  const one = await taken('s');
  last.note(one.request, one.turn);
  const two = await taken('s', { running: 2 });
  last.note(two.request, two.turn);
  expect(last.claim(two.attempt, 'run')).toBeUndefined();
  last.note(one.request, one.turn);
  const none = await taken('s', { running: 0 });
  last.note(none.request, none.turn);
  expect(last.claim(none.attempt, 'run')).toBeUndefined();
});

it('passes on what the turn before has left while that is fresh', async () => {
  const last = new LastTurns();
  const { request, turn, attempt } = await taken('s');
  const ground = (ageMs: number) => ({ readAtMs: performance.now() - ageMs }) as unknown as TakenTurn['ground'];
  last.note(request, { ...turn, ground: ground(0) } as TakenTurn);
  expect(last.claim(attempt, 'run')?.ground).toBeDefined();
  last.note(request, { ...turn, ground: ground(60_000) } as TakenTurn);
  expect(last.claim(attempt, 'run')).toMatchObject({ request: { turn: 2 } });
  last.note(request, { ...turn, ground: ground(60_000) } as TakenTurn);
  expect(last.claim(attempt, 'run')?.ground).toBeUndefined();
});

it('forgets the sessions of which it has not heard for longest, by how large they are', async () => {
  const last = new LastTurns({ runs: 10 });
  const sessions = await Promise.all(['a', 'b', 'c'].map((session) => taken(session, { tasks: 4 })));
  for (const { request, turn } of sessions) last.note(request, turn);
  expect(sessions.map(({ attempt }) => last.claim(attempt, 'run') !== undefined)).toEqual([false, true, true]);
});
