import type { SettingsChange } from '../../../src/contracts/ports/settings-store';
import type { WorkspaceOptions } from '../../../src/domain/settings/workspace-settings';
import { client, installation, run } from './scripted-host';
import type { Ran } from './scripted-host';

const changes: SettingsChange[] = [];

/** Runs `orchestra settings` in a workspace that says this. */
function settings(args: string[], said: WorkspaceOptions = {}): Promise<Ran> {
  const answers = {
    get: async () => said,
    change: async (change: SettingsChange) => {
      changes.push(change);
      return said;
    },
  };
  const server = installation({ client: client({ settings: answers }) });
  return run(['settings', ...args], { folder: { openRunning: async () => server } });
}

beforeEach(() => void changes.splice(0));

test('show lists every setting, and the defaults of those that are set', async () => {
  const { stdout } = await settings(['show'], { strategy: 'fastest' });
  expect(stdout).toMatch(/^strategy +fastest +score$/m);
  expect(stdout).toMatch(/^maxLoad +0\.8$/m);
});

test('show prints all of it as JSON', async () => {
  const { stdout } = await settings(['show', '-o', 'json'], { share: 3 });
  const shown = JSON.parse(stdout) as { workspace: string; settings: unknown[] };
  expect(shown.workspace).toBe('default');
  expect(shown.settings).toContainEqual({ key: 'share', value: 3, default: 1, isSet: true });
  expect(shown.settings).toContainEqual({ key: 'maxLoad', value: 0.8, default: 0.8, isSet: false });
});

test('set changes several at once, numbers as numbers', async () => {
  expect((await settings(['set', 'strategy=cheapest', 'weights.successRate=0.5'])).exitCode).toBe(0);
  expect(changes).toEqual([{ set: { strategy: 'cheapest', 'weights.successRate': 0.5 }, unset: [] }]);
});

test('unset gives the defaults back', async () => {
  await settings(['unset', 'strategy', 'maxLoad']);
  expect(changes).toEqual([{ set: {}, unset: ['strategy', 'maxLoad'] }]);
});

test.each([
  [['set', 'strategy'], 'write KEY=VALUE'],
  [['set', 'share=1', 'share=2'], 'A setting is there twice'],
])('%j is bad usage, and nothing is connected to', async (args, message) => {
  const { exitCode, stderr } = await run(['settings', ...args]);
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)]);
});
