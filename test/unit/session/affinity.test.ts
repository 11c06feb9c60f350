import { registeredAgentsOf, registeredGiversTo } from '../../../src/domain/session/choose-agent';
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

describe('the agents of the registry whose results a task is given', () => {
  const agents = 'of the registry';
  const needs = ['letter', 'each', 'race', 'broken', 'own'];
  const session = new TestSession(
    outlineOf({
      letter: { agents },
      each: { agents, forEach: true },
      race: { agents, race: 2 },
      broken: { agents, onFailure: 'continue' },
      own: {},
      check: { agents, needs },
    }),
    { each: 2 },
  );
  session.grant('letter', 'ada');
  session.grant('each[0]', 'bob');
  session.grant('each[1]', 'bob');
  session.grant('race[0]', 'bob');
  session.grant('race[1]', 'eve');
  session.grant('broken', 'bob');
  session.succeed('own', 'letter', 'each[0]', 'each[1]', 'race[1]');
  session.fail('broken');
  const at = (name: string): number => session.index.taskByName.get(name) ?? -1;

  test('are those who succeeded and the winners of races, and nobody of a fan-out', () => {
    expect(session.status('check')).toBe('waiting: capacity');
    expect(registeredGiversTo(session.index, session.state, at('check'))).toEqual(['ada', 'eve']);
  });

  test('are fewer than those who did what it needs', () => {
    const all = registeredAgentsOf(session.index, session.state, needs.map(at));
    expect(all).toEqual(['ada', 'bob', 'eve']);
  });
});
