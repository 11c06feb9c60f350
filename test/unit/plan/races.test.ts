import { canonicalPlan } from '../../../src/contracts/schemas/canonical-plan';
import { parseCanonicalPlan } from '../../../src/contracts/schemas/parse-canonical-plan';
import { planJsonSchema } from '../../../src/contracts/schemas/plan-json-schema';
import { toMermaid } from '../../../src/domain/plan/mermaid';
import { outlineOf } from '../../../src/domain/plan/outline';
import { planChanges } from '../../../src/domain/plan/plan-changes';
import { taskResults } from '../../../src/domain/plan/task-results';
import { sizeOf } from '../../../src/domain/plan/validate-size';
import { issuesIn, planOf } from './read-plan-text';

const plan = (agent: string, keys = ''): string => `version: 1
name: p
agents:
  ada: { connector: simulated, capabilities: [write] }
  bob: { connector: simulated, capabilities: [write] }
tasks:
  draft:
    agent: ${agent}
    ${keys}
`;

describe('a race in a plan', () => {
  test('is part of what the engine gets, and of the size of the plan', async () => {
    const read = await planOf(plan('{ capability: write, race: 2 }'));
    expect(outlineOf(read).tasks).toEqual([{ name: 'draft', needs: [], policy: 0, agents: [0, 1], race: 2 }]);
    expect(sizeOf(read).tasks).toBe(3);
  });

  test('comes through the canonical form; plans without one keep their versions', async () => {
    const read = await planOf(plan('{ capability: write, race: 2 }'));
    expect(parseCanonicalPlan(canonicalPlan(read).canonical)).toEqual(read);
    expect(canonicalPlan(await planOf(plan('{ capability: write }'))).canonical).not.toContain('race');
  });

  test('is a change of the task where it is edited', async () => {
    const [before, after] = [
      await planOf(plan('{ capability: write, race: 2 }')),
      await planOf(plan('{ capability: write, race: 3 }')),
    ];
    expect(planChanges(before, after).changed).toEqual({ draft: ['agent'] });
  });

  test('is drawn in the diagram, and offered by editors', async () => {
    expect(toMermaid(await planOf(plan('{ capability: write, race: 2 }')))).toContain(
      'the first of 2 agents with write',
    );
    expect(JSON.stringify(planJsonSchema())).toContain('So many different agents do it at once');
  });

  test('may read what others write', async () => {
    expect(await issuesIn(plan('{ capability: write, race: 2 }', 'reads: [repo:main]'))).toEqual([]);
  });

  test.each([
    ['{ capability: write, race: 1 }', '', 'tasks.draft.agent.race'],
    ['{ capability: write, race: 6 }', '', 'tasks.draft.agent.race'],
    ['{ name: ada, race: 2 }', '', 'tasks.draft.agent'],
    [
      '{ capability: write, race: 2 }',
      'forEach: [1, 2]',
      'tasks.draft.agent.race: a race is for one task, not for each item: put the task into a sub-plan',
    ],
    [
      '{ capability: write, race: 2 }',
      'onFailure: { fallback: ada }',
      'tasks.draft.agent.race: a race has its other agents already: leave the fallback out',
    ],
    [
      '{ capability: write, race: 2 }',
      'writes: [repo:main]',
      'tasks.draft.agent.race: racers would wait for each other',
    ],
    ['{ capability: write, race: 2 }', 'input: "${{ item }}"', 'item is known only where'],
  ])('is refused with its place and what to do: %s %s', async (agent, keys, message) => {
    const issues = (await issuesIn(plan(agent, keys))).join('\n');
    expect(issues).toContain(message);
    expect(issues).toMatch(/^\d+:\d+: /);
  });
});

describe('what expressions see of a race', () => {
  const racer = (item: number, status: string, outputHash?: string) => ({ task: 'draft', item, status, outputHash });
  const outputs = new Map([['h1', 'first']]);
  const seen = (status: string, ...racers: ReturnType<typeof racer>[]) =>
    taskResults([{ task: 'draft', item: -1, items: 2, isRace: true, status }, ...racers], outputs)['draft']?.output;

  test('is the output of its winner', () => {
    expect(seen('succeeded', racer(0, 'cancelled', 'h2'), racer(1, 'succeeded', 'h1'))).toBe('first');
  });

  test('is nothing before somebody has won', () => {
    expect(seen('running', racer(0, 'failed'), racer(1, 'running'))).toBeNull();
  });
});
