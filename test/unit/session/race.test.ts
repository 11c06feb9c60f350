import { progressOf, taskProgress } from '../../../src/domain/session/progress';
import { indexOutline, maxRunsPerSession } from '../../../src/domain/session/outline';
import { countRuns, hasRoomForItems } from '../../../src/domain/session/fan-out';
import { initialState } from '../../../src/domain/session/state';
import { outlineOf } from '../../helpers/engine/outline-of';
import { TestSession } from '../../helpers/engine/test-session';

const agents = ['ann', 'ben', 'cat'];
const racers = ['draft[0]', 'draft[1]', 'draft[2]'];
const draft = { race: 3, agents };
const plan = outlineOf({ draft, review: { needs: ['draft'], agents: ['zoe'] } });
const statuses = (session: TestSession): string[] => racers.map((run) => session.status(run));

describe('a race', () => {
  test('is run by as many agents at once, each another one', () => {
    const session = new TestSession(plan);
    expect(session.started).toEqual(racers);
    expect(racers.map((run) => session.agentOf(run))).toEqual(agents);
    expect(session.facts).toContainEqual(expect.objectContaining({ type: 'race-started', run: 'draft', racers: 3 }));
    expect(session.status('draft')).toBe('running');
  });

  test('is won by the first success: what needs the task goes on at once, and the others are told to stop', () => {
    const session = new TestSession(plan);
    session.succeed('draft[1]');
    expect(session.status('draft')).toBe('succeeded');
    expect(session.agentOf('draft')).toBe('ben');
    expect(session.started).toEqual(['review']);
    expect(session.commands.filter(({ type }) => type === 'stop-attempt')).toEqual([
      { type: 'stop-attempt', run: 'draft[0]', attempt: 1 },
      { type: 'stop-attempt', run: 'draft[2]', attempt: 1 },
    ]);
    expect(session.facts).toContainEqual(
      expect.objectContaining({ type: 'race-won', run: 'draft', winner: 'draft[1]', agent: 'ben' }),
    );
  });

  test('does not let the session end before those who lost have stopped', () => {
    const session = new TestSession(outlineOf({ draft }));
    session.succeed('draft[1]');
    expect(progressOf(session.index, session.state)).toMatchObject({ status: 'running', succeeded: 1, percent: 99.9 });
    session.end('draft[0]', 'cancelled');
    expect(session.state.ended).toBeUndefined();
    session.lose('draft[2]');
    expect(session.state.ended?.status).toBe('succeeded');
    expect(statuses(session)).toEqual(['cancelled: race-lost', 'succeeded', 'cancelled: race-lost']);
  });

  test('stays won by the first where a second one succeeds before it could be stopped', () => {
    const session = new TestSession(outlineOf({ draft }));
    session.succeed('draft[2]', 'draft[0]');
    session.end('draft[1]', 'failed');
    expect(statuses(session)).toEqual(['cancelled: race-lost', 'cancelled: race-lost', 'succeeded']);
    expect(session.agentOf('draft')).toBe('cat');
  });

  test('ends at once for those who wait for their turn, for another attempt, or in a line', () => {
    const session = new TestSession(
      outlineOf({ draft: { race: 3, agents: ['ann', 'ben'], attempts: 2 } }, { concurrency: 2 }),
    );
    session.end('draft[0]', 'rate_limited');
    expect(statuses(session)).toEqual(['waiting: rate-limit', 'running', 'waiting: capacity']);
    session.succeed('draft[1]');
    expect(statuses(session)).toEqual(['cancelled: race-lost', 'succeeded', 'skipped: race-lost']);
    expect(session.state.ended?.status).toBe('succeeded');
  });

  test('goes on without those who have failed, and tries each again as often as the plan says', () => {
    const session = new TestSession(outlineOf({ draft: { ...draft, attempts: 2 } }));
    session.fail('draft[0]');
    expect(session.status('draft[0]')).toBe('waiting: retry');
    session.passTo(10);
    session.fail('draft[0]', 'draft[1]');
    expect(statuses(session)).toEqual(['failed: attempts', 'waiting: retry', 'running']);
    expect(session.status('draft')).toBe('running');
    session.succeed('draft[2]');
    expect(session.state.ended?.status).toBe('succeeded');
  });

  test('has failed once all have', () => {
    const session = new TestSession(plan);
    session.fail('draft[0]', 'draft[1]');
    expect(session.status('draft')).toBe('running');
    expect(taskProgress(session.index, session.state, 0)).toMatchObject({ percent: 0, items: { total: 3, failed: 2 } });
    session.fail('draft[2]');
    expect(session.status('draft')).toBe('failed: racers');
    expect(session.status('review')).toBe('skipped: session-failed');
  });

  test('is run again as a whole when it is retried', () => {
    const session = new TestSession(outlineOf({ draft }));
    session.fail(...racers);
    session.retry('draft');
    expect(session.started).toEqual(racers);
    expect(racers.map((run) => session.run(run).attempt)).toEqual([2, 2, 2]);
    expect(racers.map((run) => session.agentOf(run))).toEqual(agents);
  });

  test('waits for its condition', () => {
    const conditional = outlineOf({ draft: { ...draft, conditional: true } });
    expect(new TestSession(conditional, { draft: true }).started).toEqual(racers);
    expect(new TestSession(conditional, { draft: false }).status('draft')).toBe('skipped: condition');
  });

  test('keeps to the concurrency of the session', () => {
    const session = new TestSession(outlineOf({ draft }, { concurrency: 2 }));
    expect(statuses(session)).toEqual(['running', 'running', 'queued']);
    session.fail('draft[0]');
    expect(session.started).toEqual(['draft[2]']);
  });
});

describe('racers', () => {
  test('leave the agents of their siblings alone, also those that have failed', () => {
    const session = new TestSession(outlineOf({ draft: { race: 2, agents: ['ann', 'ben'], attempts: 2 } }));
    session.fail('draft[0]', 'draft[1]');
    session.passTo(10);
    expect(['draft[0]', 'draft[1]'].map((run) => session.agentOf(run))).toEqual(['ann', 'ben']);
  });

  test('wait where other agents are there, but busy', () => {
    const session = new TestSession(
      outlineOf({ long: { agents: ['ben'] }, draft: { race: 2, agents: ['ann', 'ben'] } }, { limits: { ben: 1 } }),
    );
    expect(session.status('draft[1]')).toBe('queued');
    session.succeed('long');
    expect(session.agentOf('draft[1]')).toBe('ben');
  });

  test('ask the registry where the plan has no other agents', () => {
    const session = new TestSession(outlineOf({ draft: { race: 2, agents: ['ann'] } }));
    expect(session.status('draft[1]')).toBe('waiting: capacity');
    session.grant('draft[1]', 'eve');
    expect(session.agentOf('draft[1]')).toBe('eve');
  });

  test('are left out where nobody has an agent for them, as long as one is left', () => {
    const session = new TestSession(outlineOf({ draft: { race: 2, agents: 'of the registry' } }, { concurrency: 1 }));
    session.pause();
    session.decide(['leave-out', 0, 1]);
    expect(session.status('draft[1]')).toBe('skipped: no-other-agent');
    session.decide(['leave-out', 0, 0]);
    expect(session.status('draft[0]')).toBe('queued');
  });

  test('end the race with the last of them that had an agent', () => {
    const session = new TestSession(outlineOf({ draft: { race: 2, agents: ['ann'] } }, { concurrency: 1 }));
    session.decide(['leave-out', 0, 1]);
    session.fail('draft[0]');
    expect(session.status('draft')).toBe('failed: racers');
    expect(session.state.ended?.status).toBe('failed');
  });

  test('in line give back an agent that a sibling has got meanwhile, and look again', () => {
    const session = new TestSession(outlineOf({ draft: { race: 3, agents: 'of the registry' } }));
    session.grant('draft[0]', 'ada');
    expect(session.commands).toContainEqual({ type: 'leave-line', run: 'draft[1]' });
    session.grant('draft[1]', 'ada');
    expect(statuses(session)).toEqual(['running', 'waiting: capacity', 'waiting: capacity']);
    expect(session.commands).toEqual([{ type: 'leave-line', run: 'draft[1]' }]);
  });
});

describe('a race in a session that', () => {
  test('is paused is still won, and what was stopped for the pause has lost', () => {
    const session = new TestSession(plan);
    session.pause('now');
    session.succeed('draft[0]');
    expect(session.commands).toEqual([]);
    session.end('draft[1]', 'cancelled');
    expect(statuses(session)).toEqual(['succeeded', 'cancelled: race-lost', 'running']);
    session.end('draft[2]', 'cancelled');
    session.resume();
    expect(session.started).toEqual(['review']);
  });

  test('is paused at once goes on as a race after it', () => {
    const session = new TestSession(outlineOf({ draft }));
    session.pause('now');
    racers.forEach((run) => session.end(run, 'cancelled'));
    expect(session.started).toEqual([]);
    session.resume();
    expect(session.started).toEqual(racers);
  });

  test('is cancelled is cancelled with it, unless one succeeds all the same', () => {
    const cancelled = new TestSession(outlineOf({ draft }));
    cancelled.fail('draft[0]');
    cancelled.cancel();
    cancelled.end('draft[1]', 'cancelled');
    cancelled.end('draft[2]', 'cancelled');
    expect(cancelled.status('draft')).toBe('cancelled: session-cancelled');
    const won = new TestSession(outlineOf({ draft }));
    won.cancel();
    won.succeed('draft[1]');
    won.end('draft[0]', 'cancelled');
    won.end('draft[2]', 'cancelled');
    expect(won.status('draft')).toBe('succeeded');
    expect(won.state.ended?.status).toBe('cancelled');
  });

  test('is cancelled after the race was won waits for those who lost', () => {
    const session = new TestSession(plan);
    session.succeed('draft[0]');
    session.cancel();
    expect(session.commands).toEqual([{ type: 'stop-attempt', run: 'review', attempt: 1 }]);
    session.end('review', 'cancelled');
    session.end('draft[1]', 'cancelled');
    expect(session.state.ended).toBeUndefined();
    session.end('draft[2]', 'cancelled');
    expect(session.state.ended?.status).toBe('cancelled');
  });

  test('runs into its timeout ends with it', () => {
    const session = new TestSession(outlineOf({ draft }, { timeoutMs: 50 }));
    session.passTo(50);
    racers.forEach((run) => session.end(run, 'cancelled'));
    expect(session.status('draft')).toBe('cancelled: session-timeout');
    expect(session.state.ended?.status).toBe('failed');
  });

  test('gives it a time of its own fails all racers when it is up', () => {
    const session = new TestSession(outlineOf({ draft: { ...draft, taskTimeoutMs: 50, attempts: 3 } }));
    session.fail('draft[0]');
    session.passTo(50);
    session.end('draft[1]', 'cancelled');
    session.end('draft[2]', 'cancelled');
    expect(session.status('draft')).toBe('failed: racers');
  });

  test('fails skips racers that have not begun, and lets the others finish', () => {
    const session = new TestSession(outlineOf({ bad: {}, draft }, { concurrency: 3 }));
    session.fail('bad');
    expect(statuses(session)).toEqual(['running', 'running', 'skipped: session-failed']);
    session.fail('draft[0]');
    session.succeed('draft[1]');
    expect(session.status('draft')).toBe('succeeded');
  });

  test('is retried while those who lost are being stopped leaves them alone', () => {
    const session = new TestSession(outlineOf({ draft, bad: { onFailure: 'continue' } }));
    session.succeed('draft[0]');
    session.fail('bad');
    session.retry();
    expect(session.started).toEqual(['bad']);
    session.succeed('bad');
    session.end('draft[1]', 'cancelled');
    session.end('draft[2]', 'cancelled');
    expect(session.state.ended?.status).toBe('succeeded');
  });

  test('is edited while those who lost are being stopped finds them again by name', () => {
    const session = new TestSession(plan);
    session.succeed('draft[0]');
    const edited = outlineOf({ early: { agents: ['zoe'] }, draft, review: { needs: ['draft'], agents: ['zoe'] } });
    expect(session.edit(edited)).toBeUndefined();
    session.end('draft[1]', 'cancelled');
    session.end('draft[2]', 'cancelled');
    session.succeed('early', 'review');
    expect(session.state.ended?.status).toBe('succeeded');
  });
});

describe('the agents of a race', () => {
  const after = (asks: object) => outlineOf({ draft, review: { needs: ['draft'], agents: ['ann', 'ben'], ...asks } });

  test('are that of the winner for tasks that want or refuse them', () => {
    const wanting = new TestSession(after({ sameAs: ['draft'] }));
    wanting.succeed('draft[1]');
    expect(wanting.agentOf('review')).toBe('ben');
    const refusing = new TestSession(after({ notSameAs: ['draft'] }));
    refusing.succeed('draft[1]');
    expect(refusing.agentOf('review')).toBe('ann');
  });
});

test('racers count against the runs of a session before they are there', () => {
  const index = indexOutline(outlineOf({ each: { forEach: true }, draft: { ...draft, needs: ['each'] } }));
  const state = initialState(index, 'session', 0);
  expect(countRuns(index, state)).toBe(5);
  expect(hasRoomForItems(index, state, maxRunsPerSession - 5)).toBe(true);
  expect(hasRoomForItems(index, state, maxRunsPerSession - 4)).toBe(false);
});
