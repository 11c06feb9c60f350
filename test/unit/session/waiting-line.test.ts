import { statusOf } from '../../../src/domain/session/completion';
import { registryAgent } from '../../../src/domain/session/outline';
import { outlineOf } from '../../helpers/engine/outline-of';
import { TestSession } from '../../helpers/engine/test-session';

const lent = { agents: 'of the registry' } as const;

describe('a task for an agent of the registry', () => {
  test('starts at once with the agent that has room', () => {
    const session = new TestSession(outlineOf({ first: {}, fix: { needs: ['first'], ...lent } }));
    session.free = ['ada'];
    session.succeed('first');
    expect(session.status('fix')).toBe('running');
    expect(session.agentOf('fix')).toBe('ada');
    expect(session.commands).toContainEqual({ type: 'start-attempt', run: 'fix', attempt: 1, agent: 'ada', token: 1 });
  });

  test('waits in the line where none has room, and starts when it gets its turn', () => {
    const session = new TestSession(outlineOf({ fix: lent }));
    expect(session.status('fix')).toBe('waiting: capacity');
    session.grant('fix', 'ada');
    expect(session.status('fix')).toBe('running');
    expect(session.agentOf('fix')).toBe('ada');
    expect(session.commands.map(({ type }) => type)).toEqual(['leave-line', 'start-attempt']);
  });

  test('holds up nobody else while it waits', () => {
    const session = new TestSession(
      outlineOf({ fix: lent, build: {}, test: { needs: ['build'] } }, { concurrency: 1 }),
    );
    expect(session.inFlight).toEqual(['build']);
    session.succeed('build');
    expect(session.inFlight).toEqual(['test']);
  });

  test('gives the agent back where the session has no room for it by now, and lines up again when it has', () => {
    const session = new TestSession(outlineOf({ fix: lent, build: {} }, { concurrency: 1 }));
    session.grant('fix', 'ada');
    expect(session.status('fix')).toBe('queued');
    expect(session.commands).toEqual([{ type: 'leave-line', run: 'fix' }]);
    session.succeed('build');
    expect(session.status('fix')).toBe('waiting: capacity');
    session.grant('fix', 'bob');
    expect(session.agentOf('fix')).toBe('bob');
  });

  test('keeps the time at which it was queued when it has to line up again', () => {
    const session = new TestSession(outlineOf({ fix: lent, build: {} }, { concurrency: 1 }));
    session.passTo(500);
    session.grant('fix', 'ada');
    session.succeed('build');
    expect(session.run('fix').queuedAt).toBe(0);
  });

  test('tries again with another agent, after waiting for it like the first time', () => {
    const session = new TestSession(outlineOf({ fix: { ...lent, attempts: 2 } }));
    session.grant('fix', 'ada');
    session.fail('fix');
    session.passTo(100);
    expect(session.status('fix')).toBe('waiting: capacity');
    session.grant('fix', 'bob');
    expect(session.run('fix').attempt).toBe(2);
    expect(session.agentOf('fix')).toBe('bob');
  });
});

describe('the line', () => {
  const three = { a: lent, b: lent, c: lent };

  test('has no more runs of a session than it could start', () => {
    const session = new TestSession(outlineOf(three, { concurrency: 2 }));
    expect(['a', 'b', 'c'].map((run) => session.status(run))).toEqual([
      'waiting: capacity',
      'waiting: capacity',
      'queued',
    ]);
  });

  test('has no more items of a fan-out than may run at once', () => {
    const session = new TestSession(outlineOf({ each: { ...lent, forEach: true, maxParallel: 2 } }));
    expect(session.status('each[2]')).toBe('queued');
    session.grant('each[0]', 'ada');
    expect(session.status('each[2]')).toBe('queued');
    session.succeed('each[0]');
    expect(session.status('each[2]')).toBe('waiting: capacity');
  });

  test('is left while the session is paused, so that others get the room', () => {
    const session = new TestSession(outlineOf(three));
    session.pause();
    expect(session.commands.filter(({ type }) => type === 'leave-line')).toHaveLength(3);
    session.grant('a', 'ada');
    expect(session.inFlight).toEqual([]);
    session.resume();
    expect(session.status('a')).toBe('waiting: capacity');
  });

  test('is left by what is cancelled, and a turn that comes too late changes nothing', () => {
    const session = new TestSession(outlineOf(three));
    session.cancel();
    expect(session.commands).toContainEqual({ type: 'leave-line', run: 'b' });
    session.grant('b', 'ada');
    expect(session.commands).toEqual([]);
    expect(session.status('b')).toBe('cancelled: session-cancelled');
  });

  test('is left by what another failure skips', () => {
    const session = new TestSession(outlineOf({ fix: lent, build: {} }));
    session.fail('build');
    expect(session.commands).toContainEqual({ type: 'leave-line', run: 'fix' });
    expect(session.status('fix')).toBe('skipped: session-failed');
  });

  test('is left by a task whose time as a whole is up', () => {
    const session = new TestSession(outlineOf({ fix: { ...lent, attempts: 2, taskTimeoutMs: 200 } }));
    session.grant('fix', 'ada');
    session.fail('fix');
    session.passTo(50);
    expect(session.status('fix')).toBe('waiting: capacity');
    session.passTo(200);
    expect(session.status('fix')).toBe('failed: task-timeout');
    expect(session.commands).toContainEqual({ type: 'leave-line', run: 'fix' });
  });

  test('makes a session that does nothing else a waiting one', () => {
    const session = new TestSession(outlineOf({ fix: lent, build: {} }));
    expect(statusOf(session.state)).toBe('running');
    session.succeed('build');
    expect(statusOf(session.state)).toBe('waiting');
  });
});

describe('the fallback', () => {
  test('may be an agent of the registry', () => {
    const outline = outlineOf({ fix: {} });
    const [fix] = outline.tasks;
    const session = new TestSession({ ...outline, tasks: fix ? [{ ...fix, fallback: registryAgent }] : [] });
    session.fail('fix');
    expect(session.status('fix')).toBe('waiting: capacity');
    session.grant('fix', 'ada');
    session.succeed('fix');
    expect(session.status('fix')).toBe('succeeded');
  });
});

describe('a run that waits for what others have', () => {
  const session = (): TestSession => {
    const waiting = new TestSession(outlineOf({ first: {}, write: { needs: ['first'] } }));
    waiting.busy = new Map([['write', 'conflict']]);
    waiting.succeed('first');
    return waiting;
  };

  test('says what it waits for, and tries again when its turn comes', () => {
    const waiting = session();
    expect(waiting.status('write')).toBe('waiting: conflict');
    expect(statusOf(waiting.state)).toBe('waiting');
    waiting.send({ type: 'turn-came', run: 'write' });
    expect(waiting.status('write')).toBe('waiting: conflict');
    waiting.busy.clear();
    waiting.send({ type: 'turn-came', run: 'write' });
    expect(waiting.status('write')).toBe('running');
  });

  test('is not started by an agent that has room: that is not what it waits for', () => {
    const waiting = session();
    waiting.grant('write', 'ada');
    expect(waiting.status('write')).toBe('waiting: conflict');
  });

  test('no longer waits once it is cancelled', () => {
    const waiting = session();
    waiting.cancel();
    expect(waiting.commands).toContainEqual({ type: 'leave-line', run: 'write' });
    waiting.send({ type: 'turn-came', run: 'write' });
    expect(waiting.commands).toEqual([]);
  });

  test('goes ahead once where somebody says so, also when it waits for an agent then', () => {
    const waiting = new TestSession(outlineOf({ first: {}, write: { needs: ['first'], ...lent } }));
    waiting.busy = new Map([['write', 'conflict']]);
    waiting.succeed('first');
    waiting.busy.clear();
    waiting.send({ type: 'resolve-requested', run: 'write' });
    expect(waiting.facts.map(({ type }) => type)).toEqual(['conflict-resolved', 'task-queued', 'task-waiting']);
    expect(waiting.status('write')).toBe('waiting: capacity');
    expect(waiting.run('write').ignoresConflicts).toBe(true);
    waiting.grant('write', 'ada');
    expect(waiting.run('write').ignoresConflicts).toBeUndefined();
  });

  test('goes ahead with all items of its fan-out that wait, and where none does it is refused', () => {
    const waiting = new TestSession(outlineOf({ first: {}, each: { needs: ['first'], forEach: true } }));
    waiting.busy = new Map([
      ['each[0]', 'conflict'],
      ['each[2]', 'conflict'],
    ]);
    waiting.succeed('first');
    expect(waiting.inFlight).toEqual(['each[1]']);
    waiting.busy.clear();
    waiting.send({ type: 'resolve-requested', run: 'each' });
    expect(waiting.inFlight).toEqual(['each[0]', 'each[1]', 'each[2]']);
    const again = waiting.send({ type: 'resolve-requested', run: 'each' });
    expect(again).toBe('task "each" does not wait for resources; it is running');
    expect(waiting.send({ type: 'resolve-requested', run: 'each[9]' })).toBe('the session has no task "each[9]"');
  });

  test('leaves the line to no more runs of a session than a turn may start', () => {
    const waiting = new TestSession(
      outlineOf({ first: {}, each: { needs: ['first'], forEach: true, resources: true } }),
      {
        each: 600,
      },
    );
    waiting.busy = new Map(Array.from({ length: 600 }, (_, item) => [`each[${item}]`, 'conflict']));
    waiting.succeed('first');
    expect(waiting.state.inLine).toBe(500);
    expect(waiting.state.queue).toHaveLength(100);
  });

  test('does not take the places of those who wait for agents', () => {
    const waiting = new TestSession(outlineOf({ write: { resources: true }, fix: lent }, { concurrency: 1 }));
    expect(waiting.inFlight).toEqual(['write']);
    waiting.busy = new Map([['write', 'conflict']]);
    waiting.leaveUnstarted('write');
    expect([waiting.status('write'), waiting.status('fix')]).toEqual(['waiting: conflict', 'waiting: capacity']);
  });
});
