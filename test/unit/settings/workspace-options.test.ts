import { parseWorkspaceOptions } from '../../../src/contracts/schemas/workspace-options';
import { defaultSettings } from '../../../src/domain/routing/settings';
import { defaultOptions, workspaceSettings } from '../../../src/domain/settings/workspace-settings';
import { shippedPrices } from '../../../src/domain/usage/prices';

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

test('prices of a workspace go before those that ship, and models may be new', () => {
  const said = parseWorkspaceOptions({ 'prices.gpt-4.1': '1/4.5', 'prices.ours': '0/0' });
  const { prices } = workspaceSettings(said);
  expect([prices['gpt-4.1'], prices['ours']]).toEqual([
    { inputUsd: 1, outputUsd: 4.5 },
    { inputUsd: 0, outputUsd: 0 },
  ]);
  expect(prices['gpt-4o']).toEqual(shippedPrices['gpt-4o']);
});

test('a kind of task can have an agent that it goes to first', () => {
  const said = parseWorkspaceOptions({ 'prefer.code.write/bug-fix': 'ada', 'prefer.code/docs': 'acme/bob' });
  expect([...workspaceSettings(said).preferred]).toEqual([
    ['code.write/bug-fix', 'ada'],
    ['code/docs', 'acme/bob'],
  ]);
  expect([...workspaceSettings({}).preferred]).toEqual([]);
});

test('a task of a plan can have a timeout that is shorter than the plan says', () => {
  const said = parseWorkspaceOptions({ 'timeout.release-2.x/write': '90s', 'timeout.release/each': '10m' });
  expect([...workspaceSettings(said).taskTimeouts]).toEqual([
    ['release-2.x/write', 90_000],
    ['release/each', 600_000],
  ]);
  expect([...workspaceSettings({}).taskTimeouts]).toEqual([]);
});

test('limits of starts that are the same are kept as one text', () => {
  expect(parseWorkspaceOptions({ rateLimit: '60/60s' })).toEqual({ rateLimit: '60/1m' });
});

test.each<[object, string]>([
  [{ stategy: 'score' }, 'unknown key "stategy" (did you mean "strategy"?)'],
  [
    { strategy: 'cheepest' },
    'strategy must be one of score, cheapest, fastest, round_robin (did you mean "cheapest"?)',
  ],
  [{ 'weights.availability': -0.1 }, 'weights.availability must not be negative'],
  [{ 'weights.availability': 'much' }, 'weights.availability must be a number, not a text'],
  [{ 'weights.specialisation': 0, 'weights.successRate': 0, 'weights.availability': 0 }, 'all weights are 0'],
  [{ 'prefer.bug-fix': 'ada' }, 'unknown key "prefer.bug-fix"'],
  [{ 'prefer.code/bug-fix': 3 }, 'prefer.code/bug-fix must be the name of an agent, or WORKSPACE/NAME'],
  [{ 'prefer.code/bug-fix': 'a b' }, 'prefer.code/bug-fix must be the name of an agent, or WORKSPACE/NAME'],
  [{ 'timeout.write': '10m' }, 'unknown key "timeout.write"'],
  [{ 'timeout.release/write': 600 }, 'timeout.release/write must be a duration of 1s or more, as 10m'],
  [{ 'timeout.release/write': '1ms' }, 'timeout.release/write must be a duration of 1s or more, as 10m'],
  [{ maxLoad: 0 }, 'maxLoad must be above 0'],
  [{ maxLoad: 1.1 }, 'maxLoad must be at most 1'],
  [{ 'memory.maxPerAgent': 1_001 }, 'memory.maxPerAgent must be at most 1000'],
  [{ 'memory.days': 0 }, 'memory.days must be at least 1'],
  [{ share: 0 }, 'share must be above 0'],
  [{ maxConcurrent: 0 }, 'maxConcurrent must be at least 1'],
  [{ maxConcurrent: 2.5 }, 'maxConcurrent must be a whole number'],
  ...['0/1m', 'x/1m', '5/0s', '5/400d', 100].map((rateLimit): [object, string] => [
    { rateLimit },
    'rateLimit must be ATTEMPTS/WINDOW, as 100/1m or 5000/1d: from 1 to 1000000 attempts, in a window of 1s to 31d',
  ]),
  [{ 'prices.m': 3 }, 'prices.m must be INPUT/OUTPUT'],
  [{ 'prices.m': '-3/5' }, 'prices.m must be INPUT/OUTPUT'],
])('%j is refused', (written, message) => {
  expect(() => parseWorkspaceOptions({ ...written })).toThrow(message);
});
