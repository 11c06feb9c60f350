import type { Installation, Webhooks } from '../../../src/cli/ports';
import { startTime } from './fixtures';
import type { Ran } from './scripted-host';
import { installation, run } from './scripted-host';

const ran = (args: string[], webhooks: Partial<Webhooks>): Promise<Ran> =>
  run(['webhooks', ...args], {
    folder: { openRunning: async () => installation({ webhooks: webhooks as Installation['webhooks'] }) },
  });
const url = 'https://example.org/hook';

test('a receiver is added with what it hears of, and its secret is printed', async () => {
  const added: unknown[] = [];
  const { exitCode, stdout } = await ran(['add', 'team', url, '--types', 'session-ended', 'task-failed'], {
    add: async (webhook) => {
      added.push(webhook);
      return 'whsec_c2VjcmV0';
    },
  });
  expect([exitCode, stdout]).toEqual([0, 'whsec_c2VjcmV0\n']);
  expect(added).toEqual([{ name: 'team', url, types: ['session-ended', 'task-failed'] }]);
});

test.each([
  [['add', 'team', url], '--types'],
  [['add', 'team', url, '--types', 'everything'], 'everything'],
  [['add', 'team', 'ftp://example.org', '--types', 'alert'], 'http or https'],
  [['add', 'no good', url, '--types', 'alert'], 'name'],
  [['rotate', 'team', '--overlap', 'soon'], 'is no duration'],
])('%j is refused', async (args, words) => {
  const { exitCode, stderr } = await ran(args, {});
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining(words)]);
});

test('a secret is rotated, and a message sent again', async () => {
  const rotated = await ran(['rotate', 'team', '--overlap', '7d'], { rotate: async (name, ms) => `${name} ${ms}` });
  expect(rotated.stdout).toBe('team 604800000\n');
  const told: unknown[] = [];
  await ran(['redeliver', 'team', 'msg_1'], { redeliver: async (...given) => void told.push(given) });
  await ran(['remove', 'team'], { remove: async (...given) => void told.push(given) });
  expect(told).toEqual([['team', 'msg_1'], ['team']]);
});

test('a receiver is switched on and off', async () => {
  const told: unknown[] = [];
  const setEnabled: Webhooks['setEnabled'] = async (...given) => void told.push(given);
  const { exitCode, stdout } = await ran(['enable', 'team'], { setEnabled });
  expect([exitCode, stdout]).toEqual([0, 'Webhook team is switched on.\n']);
  expect((await ran(['disable', 'team'], { setEnabled })).stdout).toBe('Webhook team is switched off.\n');
  expect(told).toEqual([
    ['team', true],
    ['team', false],
  ]);
});

test('receivers and what they were sent are listed, and why nothing is sent to one', async () => {
  const receiver = {
    ...{ name: 'team', url, types: ['alert' as const], enabled: true },
    ...{ goneAt: null, createdAt: startTime, previousUntil: null },
  };
  const list: Webhooks['list'] = async () => [
    { ...receiver, enabled: false },
    { ...receiver, name: 'away', enabled: false, goneAt: startTime },
    { ...receiver, name: 'here', goneAt: null },
  ];
  const { stdout } = await ran(['list'], { list });
  const states = stdout.split('\n').map((line) => line.replace(/ {2,}/g, '|'));
  expect(states.slice(1, 4)).toEqual([
    `team|off|alert|${url}`,
    expect.stringMatching(/^away\|off: gone \(HTTP 410\) since \d{4}-\d\d-\d\d.*\|alert\|/),
    `here|on|alert|${url}`,
  ]);
  const iso = new Date(startTime).toISOString();
  expect(JSON.parse((await ran(['list', '-o', 'json'], { list })).stdout)).toMatchObject({
    webhooks: [{ name: 'team', goneAt: null, createdAt: iso }, { name: 'away', goneAt: iso }, { name: 'here' }],
  });
  const deliveries: Webhooks['deliveries'] = async () => [
    {
      id: 'msg_1',
      type: 'session-ended',
      at: startTime,
      status: 'pending',
      tries: 2,
      nextAt: startTime,
      answer: 'HTTP 503',
    },
  ];
  expect((await ran(['deliveries', 'team'], { deliveries })).stdout).toContain('pending  2      HTTP 503');
});
