import { isUnchanged, planChanges } from '../../../src/domain/plan/plan-changes';
import { planOf } from './read-plan-text';

const text = `
version: 1
name: p
inputs: { who: { type: string } }
agents:
  ada: { connector: simulated, capabilities: [code] }
  bob: { connector: simulated, capabilities: [code] }
tasks:
  first: { agent: ada }
  second: { needs: [first], agent: { capability: code } }
  third: { needs: [second, first], run: [ls] }
  sub:
    plan: { version: 1, name: s, tasks: { x: { run: [pwd] } } }
`;
const before = planOf(text);

async function changes(...replacements: [string, string][]) {
  const edited = replacements.reduce((written, [old, now]) => written.replace(old, now), text);
  expect(edited).not.toBe(text);
  return planChanges(await before, await planOf(edited));
}

const nothing = { added: [], removed: [], changed: {}, settings: [] };

test('a plan that is written in another way is the same', async () => {
  const same = await changes(
    ['[second, first]', '[first, second]'],
    ['  first: { agent: ada }\n', '  first: { agent: ada, priority: 3 }\n'],
  );
  expect(same).toEqual(nothing);
  expect(isUnchanged(same)).toBe(true);
});

test('tasks come and go by their names, and who needs them says something else', async () => {
  expect(
    await changes(['  first: { agent', '  begin: { agent'], ['[first]', '[begin]'], ['[second, first]', '[second]']),
  ).toEqual({
    ...nothing,
    added: ['begin'],
    removed: ['first'],
    changed: { second: ['needs'], third: ['needs'] },
  });
});

test('what differs of a task has the word of the plan file', async () => {
  expect(await changes(['{ agent: ada }', '{ agent: ada, if: "1 == 1", timeout: 1h, prompt: now }'])).toEqual({
    ...nothing,
    changed: { first: ['if', 'prompt', 'timeout'] },
  });
  expect(await changes(['run: [ls]', 'run: [ls, -l]'])).toEqual({ ...nothing, changed: { third: ['run'] } });
  expect(await changes(['run: [pwd]', 'run: [ls]'])).toEqual({ ...nothing, changed: { sub: ['plan'] } });
});

test('an agent that is reached otherwise changes the tasks that it may do', async () => {
  expect(await changes(['ada: { connector: simulated,', 'ada: { connector: simulated, successRate: 0.5,'])).toEqual({
    ...nothing,
    changed: { first: ['agents'], second: ['agents'] },
    settings: ['agents.ada'],
  });
  expect(await changes(['bob: { connector: simulated,', 'bob: { connector: simulated, maxConcurrent: 2,'])).toEqual({
    ...nothing,
    settings: ['agents.bob'],
  });
});

test('the rest of the plan is named by its keys', async () => {
  expect(
    await changes(
      ['name: p', 'name: q'],
      ['type: string', 'type: number'],
      ['tasks:', 'timeout: 1h\nconcurrency: 3\ntasks:'],
    ),
  ).toEqual({
    ...nothing,
    settings: ['concurrency', 'inputs', 'name', 'timeout'],
  });
});

test('what a task lets its agent remember is its own; of what type an agent is, is not', async () => {
  expect(await changes(['{ agent: ada }', '{ agent: ada, remember: 3 }'])).toEqual({
    ...nothing,
    changed: { first: ['remember'] },
  });
  expect(await changes(['ada: { connector: simulated,', 'ada: { connector: simulated, type: codex,'])).toEqual({
    ...nothing,
    settings: ['agents.ada'],
  });
});
