import { TestSession } from '../../helpers/engine/test-session';
import { outlineOf } from '../../helpers/engine/outline-of';

/** Who made the attempt of the run that is in flight. */
function agentOf(session: TestSession, run: string): string | undefined {
  const started = session.commands.find((command) => command.type === 'start-attempt' && command.run === run);
  return started?.type === 'start-attempt' ? started.agent : undefined;
}

const draft = { agents: ['two'] };

describe('a task that wants the agent of an earlier one', () => {
  test('takes it before others', () => {
    const session = new TestSession(
      outlineOf({ draft, fix: { needs: ['draft'], agents: ['one', 'two'], sameAs: ['draft'] } }),
    );
    session.succeed('draft');
    expect(agentOf(session, 'fix')).toBe('two');
  });

  test('takes another where that has no room, or is not preferred', () => {
    const tasks = {
      draft,
      long: { needs: ['draft'], agents: ['two'], priority: 1 },
      fix: { needs: ['draft'], agents: ['one', 'two'], sameAs: ['draft'] },
    };
    const session = new TestSession(outlineOf(tasks, { limits: { two: 1 } }));
    session.succeed('draft');
    expect(agentOf(session, 'fix')).toBe('one');
    const fix = { needs: ['draft'], agents: ['one', 'two'], sameAs: ['draft'] };
    const preferring = new TestSession(outlineOf({ draft, fix: { ...fix, preferred: 1, avoided: 0 } }));
    preferring.succeed('draft');
    expect(agentOf(preferring, 'fix')).toBe('one');
    const avoiding = new TestSession(outlineOf({ draft, fix: { ...fix, preferred: 0, avoided: 1 } }));
    avoiding.succeed('draft');
    expect(agentOf(avoiding, 'fix')).toBe('one');
  });
});

describe('a task that must not go to the agent of an earlier one', () => {
  test('goes to another', () => {
    const session = new TestSession(
      outlineOf({ draft, check: { needs: ['draft'], agents: ['two', 'three'], notSameAs: ['draft'] } }),
    );
    session.succeed('draft');
    expect(agentOf(session, 'check')).toBe('three');
  });

  test('means all who did items of it', () => {
    const session = new TestSession(
      outlineOf(
        {
          each: { forEach: true, agents: ['one', 'two'] },
          check: { needs: ['each'], agents: ['one', 'two', 'three'], notSameAs: ['each'] },
        },
        { limits: { one: 1 } },
      ),
      { each: 2 },
    );
    session.succeed('each[0]', 'each[1]');
    expect(agentOf(session, 'check')).toBe('three');
  });

  test('is left to the registry where the plan has nobody else', () => {
    const session = new TestSession(
      outlineOf({ draft, check: { needs: ['draft'], agents: ['two'], notSameAs: ['draft'] } }),
    );
    session.free = ['ada'];
    session.succeed('draft');
    expect(agentOf(session, 'check')).toBe('ada');
  });

  test('may go to anybody where that task was skipped', () => {
    const session = new TestSession(
      outlineOf({
        draft: { ...draft, conditional: true },
        check: { needs: ['draft'], agents: ['two'], notSameAs: ['draft'] },
      }),
      { draft: false },
    );
    expect(agentOf(session, 'check')).toBe('two');
  });
});
