import { outlineOf } from '../../helpers/engine/outline-of';
import { TestSession } from '../../helpers/engine/test-session';

describe('the fallback agent', () => {
  test('takes the task when the retries are used up, with as many tries of its own', () => {
    const session = new TestSession(outlineOf({ a: { attempts: 2, agents: ['first'], fallback: 'second' } }));
    const agents: (string | undefined)[] = [];
    for (let at = 0; session.status('a') !== 'failed: attempts'; session.passTo((at += 1_000))) {
      agents.push(session.agentOf('a'));
      session.fail('a');
    }
    expect(agents).toEqual(['first', 'first', 'second', 'second']);
  });

  test('starts at once: its first try needs no pause', () => {
    const session = new TestSession(outlineOf({ a: { agents: ['first'], fallback: 'second' } }));
    session.fail('a');
    expect([session.inFlight, session.agentOf('a')]).toEqual([['a'], 'second']);
    session.succeed('a');
    expect(session.state.ended?.status).toBe('succeeded');
  });

  test('takes over where trying again cannot help the first', () => {
    const session = new TestSession(outlineOf({ a: { attempts: 9, agents: ['first'], fallback: 'second' } }));
    session.end('a', 'failed', { retryable: false });
    expect(session.agentOf('a')).toBe('second');
  });

  test('takes over from a child session', () => {
    const session = new TestSession(outlineOf({ a: { subPlan: true, fallback: 'second' } }));
    expect(session.commands).toEqual([{ type: 'start-child', run: 'a', attempt: 1 }]);
    session.fail('a');
    expect(session.commands).toEqual([{ type: 'start-attempt', run: 'a', attempt: 2, agent: 'second', token: 2 }]);
  });

  test('takes over for the item that failed, not for its siblings', () => {
    const session = new TestSession(outlineOf({ each: { forEach: true, agents: ['first'], fallback: 'second' } }));
    session.fail('each[1]');
    expect(['each[0]', 'each[1]', 'each[2]'].map((run) => session.agentOf(run))).toEqual(['first', 'second', 'first']);
  });

  test('waits for room like any other', () => {
    const outline = outlineOf(
      { busy: { agents: ['second'] }, a: { agents: ['first'], fallback: 'second' } },
      { limits: { second: 1 } },
    );
    const session = new TestSession(outline);
    session.fail('a');
    expect(session.status('a')).toBe('queued');
    session.succeed('busy');
    expect(session.agentOf('a')).toBe('second');
  });

  test('does not take over when the task has run out of time', () => {
    const session = new TestSession(outlineOf({ a: { agents: ['first'], fallback: 'second', taskTimeoutMs: 50 } }));
    session.passTo(50);
    session.end('a', 'timed_out');
    expect(session.status('a')).toBe('failed: task-timeout');
  });
});
