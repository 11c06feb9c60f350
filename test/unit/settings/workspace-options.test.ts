import { parseWorkspaceOptions } from '../../../src/contracts/schemas/workspace-options';
import { defaultSettings } from '../../../src/domain/routing/settings';
import { defaultOptions, workspaceSettings } from '../../../src/domain/settings/workspace-settings';

test('what a workspace does not say has its default', () => {
  expect(workspaceSettings({})).toMatchObject({ routing: defaultSettings, share: 1 });
  expect(workspaceSettings({ strategy: 'cheapest', 'weights.availability': 0.7 }).routing).toEqual({
    ...defaultSettings,
    strategy: 'cheapest',
    weights: { ...defaultSettings.weights, availability: 0.7 },
  });
});

test('the defaults that are shown are those that hold', () => {
  const shown = Object.fromEntries(Object.entries(defaultOptions).filter(([, value]) => value !== null));
  expect(workspaceSettings(parseWorkspaceOptions(shown))).toEqual(workspaceSettings({}));
});

test.each([
  [{ stategy: 'score' }, 'unknown key "stategy" (did you mean "strategy"?)'],
  [
    { strategy: 'cheepest' },
    'strategy must be one of score, cheapest, fastest, round_robin (did you mean "cheapest"?)',
  ],
  [{ 'weights.availability': -0.1 }, 'weights.availability must not be negative'],
  [{ 'weights.availability': 'much' }, 'weights.availability must be a number, not a text'],
  [{ 'weights.specialisation': 0, 'weights.successRate': 0, 'weights.availability': 0 }, 'all weights are 0'],
  [{ maxLoad: 0 }, 'maxLoad must be above 0'],
  [{ maxLoad: 1.1 }, 'maxLoad must be at most 1'],
  [{ share: 0 }, 'share must be above 0'],
])('%j is refused', (written, message) => {
  expect(() => parseWorkspaceOptions(written)).toThrow(message);
});
