import { createAgentRegistry } from '../../src/stores/agents';
import { createRoutingReader } from '../../src/stores/routing-reader';
import { createSettingsStore } from '../../src/stores/settings';
import { definitionOf } from '../helpers/agent-definitions';
import { started } from './session-driver';
import { openTestStores } from './test-stores';

it('a turn gives tasks to whom the workspace prefers for their kind, from the setting on', async () => {
  const stores = await openTestStores();
  try {
    const capabilities = [{ name: 'code', proficiency: 1, technologies: [] }];
    await createAgentRegistry(stores.pool).add('default', [
      definitionOf('ada', { capabilities, maxConcurrent: 9 }),
      definitionOf('bob', { capabilities, maxConcurrent: 9 }),
    ]);
    const settings = createSettingsStore(stores.pool);
    const chosen = async (): Promise<string | undefined> => {
      stores.directory.forget();
      const session = await stores.addSession(
        'version: 1\nname: p\ntasks:\n  fix: { type: bug-fix, agent: { capability: code } }\n',
      );
      await session.take(started);
      const [first] = await createRoutingReader(stores.pool).assignments('default', session.id, 'fix');
      return first?.assignment.agent.name;
    };
    await settings.change('default', { set: { exploration: 0 }, unset: [] });
    expect(await chosen()).toBe('ada');
    await settings.change('default', { set: { 'prefer.code/bug-fix': 'bob' }, unset: [] });
    expect(await chosen()).toBe('bob');
    await settings.change('default', { set: {}, unset: ['prefer.code/bug-fix'] });
    expect(await chosen()).toBe('ada');
  } finally {
    await stores.close();
  }
});
