import { assign } from '../../../src/domain/routing/assign';
import { withPreferred } from '../../../src/domain/routing/preferred-agents';
import { Roster } from '../../../src/domain/routing/roster';
import { agent, needs } from './agent-profiles';

const preferred = new Map([['write/letter', 'bob']]);

const asked = (given = {}, taskType = 'letter') => withPreferred(needs(given), preferred, taskType);

test('a task goes first to whom its workspace prefers for its kind, and says why', () => {
  const roster = new Roster([agent('ada'), agent('bob')]);
  const [first] = assign(roster, [{ workspace: 'w', requirement: asked() }]);
  expect(first).toMatchObject({ agent: { name: 'bob' } });
  expect(first).toMatchObject({ reasoning: expect.stringContaining('The workspace prefers it for such tasks.') });
  const [other] = assign(roster, [{ workspace: 'w', requirement: asked({}, 'poem') }]);
  expect(other).toMatchObject({ agent: { name: 'ada' } });
});

test.each([
  ['names its agents', { names: ['ada'], capability: 'write' }],
  ['prefers others', { prefer: ['ada'] }],
  ['avoids it', { avoid: ['bob'] }],
  ['excludes it', { exclude: ['bob'] }],
  ['asks for a strategy', { strategy: 'fastest' as const }],
])('what a task says itself goes before that: it %s', (_, given) => {
  expect(asked(given)).toEqual(needs(given));
});
