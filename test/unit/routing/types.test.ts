import { assign } from '../../../src/domain/routing/assign';
import { profileOf } from '../../../src/domain/routing/agent-profile';
import type { AgentProfile } from '../../../src/domain/routing/agent-profile';
import type { Assignment } from '../../../src/domain/routing/assignment';
import { recompute } from '../../../src/domain/routing/build-assignment';
import { Roster } from '../../../src/domain/routing/roster';
import { routingRequirement } from '../../../src/domain/routing/routing-requirement';
import { definitionOf } from '../../helpers/agent-definitions';
import { agent, needs } from './agent-profiles';

const registered = (...given: Parameters<typeof definitionOf>): AgentProfile =>
  profileOf({ ...definitionOf(...given), workspace: 'w', draining: false }, 0);

const chosen = (roster: Roster, type: string): string => {
  const lists = { technologies: [], tags: [], prefer: [], avoid: [] };
  const [answer] = assign(roster, [{ workspace: 'w', requirement: routingRequirement({ type, ...lists }) }]);
  return answer?.kind === 'assigned' ? answer.agent.name : (answer?.reason ?? '');
};

test('a task goes to an agent of the type that it asks for, whatever that is reached by', () => {
  const roster = new Roster([
    registered('plain'),
    registered('coder', { type: 'codex' }),
    registered('far', { type: 'cursor', connector: { connector: 'remote' } }),
    registered('near', { connector: { connector: 'remote' } }),
  ]);
  expect(chosen(roster, 'command')).toBe('plain');
  expect(chosen(roster, 'codex')).toBe('coder');
  expect(chosen(roster, 'cursor')).toBe('far');
  expect(chosen(roster, 'remote')).toBe('near');
  expect(chosen(roster, 'gemini')).toBe('no-agent-can');
});

test('an agent that becomes one of another type is found as that one', () => {
  const roster = new Roster([registered('a')]);
  expect(chosen(roster, 'codex')).toBe('no-agent-can');
  roster.put(registered('a', { type: 'codex' }));
  expect([chosen(roster, 'codex'), chosen(roster, 'command')]).toEqual(['a', 'no-agent-can']);
});

test('an assignment of before there were types, when the connector was asked for, comes out the same again', () => {
  const [made] = assign(new Roster([agent('a'), agent('b')]), [
    { workspace: 'w', requirement: needs() },
  ]) as Assignment[];
  const text = JSON.stringify(made).replace('"capability":"write"', '"capability":"write","connector":"command"');
  const stored = JSON.parse(text) as Assignment;
  expect(stored.inputs.requirement).toHaveProperty('connector', 'command');
  expect(recompute(stored)).toEqual(stored);
});
