import type { Alerts } from '../../../src/cli/ports';
import type { AlertRule } from '../../../src/domain/alerts/alert-rule';
import { queueRule } from '../alerts/rules';
import { installation, run } from './scripted-host';
import type { Ran } from './scripted-host';

const none: Pick<Alerts, 'webhooks'> = { webhooks: async () => [] };

function alerts(args: string[], script: Partial<Alerts>, variables: Record<string, string> = {}): Promise<Ran> {
  const server = installation({ alerts: script as Alerts });
  return run(['alerts', ...args], { variables, folder: { openRunning: async () => server } });
}

async function added(...args: string[]): Promise<AlertRule | undefined> {
  let rule: AlertRule | undefined;
  const ran = await alerts(['add', 'mine', ...args], { ...none, set: async (given) => void (rule = given) });
  expect(ran).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('Nobody is told yet') });
  return rule;
}

test('limits are written in the unit of their metric, and the rest has defaults', async () => {
  expect(await added('--metric', 'success-rate', '--limit', '80%')).toMatchObject({
    name: 'mine',
    metric: 'success-rate',
    agent: null,
    raiseAt: 0.8,
    clearAt: expect.closeTo(0.88),
    raiseAfter: 2,
    clearAfter: 3,
    windowMs: 3_600_000,
  });
  expect(await added('--metric', 'cost-per-day', '--limit', '$5', '--agent', 'ada')).toMatchObject({
    raiseAt: 5e6,
    agent: 'ada',
    windowMs: 86_400_000,
  });
  expect(await added('--metric', 'duration-p95', '--limit', '10m', '--clear-at', '5m', '--window', '2h')).toMatchObject(
    { raiseAt: 600_000, clearAt: 300_000, windowMs: 7_200_000 },
  );
  expect(
    await added('--metric', 'queue', '--limit', '9', '--after', '4', '--clear-after', '1', '--repeat', '4h'),
  ).toMatchObject({ raiseAfter: 4, clearAfter: 1, repeatMs: 14_400_000 });
});

test.each([
  [['--metric', 'sucess-rate', '--limit', '80%'], 'did you mean "success-rate"?'],
  [['--metric', 'queue', '--limit', '$5'], '"$5" is no limit of queue: write it like 100.'],
  [['--metric', 'queue', '--limit', '5', '--clear-at', '6'], 'it must clear at the limit or below it'],
  [['--metric', 'queue', '--limit', '5', '--agent', 'ada'], 'not measured of single agents'],
  [['--metric', 'queue', '--limit', '5', '--repeat', '30s'], 'told again after a minute at the soonest'],
])('%p is refused', async (args, says) => {
  const ran = await alerts(['add', 'mine', ...args], {});
  expect(ran).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(says) });
});

test('rules are listed with their state and bounds', async () => {
  const list = async () => [
    { id: 1, rule: { ...queueRule, metric: 'cost-per-task' as const }, isRaised: true, value: 2e6, acknowledged: null },
  ];
  const { stdout } = await alerts(['list'], { list });
  expect(stdout).toMatch(/^waiting +raised +cost-per-task +- +\$2\.00 +above \$0\.00 ×2 +below \$0\.00 ×3 +1h$/m);
  expect(JSON.parse((await alerts(['list', '-o', 'json'], { list })).stdout)).toMatchObject({
    alerts: [{ name: 'waiting', isRaised: true, value: 2e6, acknowledged: null }],
  });
});

test('who sees to an alert is listed, and said with a note', async () => {
  const seen = {
    ...{ id: 1, rule: queueRule, isRaised: true, value: 101 },
    acknowledged: { by: 'ada\u001b[31m', at: 0, note: 'new agents come' },
  };
  const given: unknown[] = [];
  const acknowledge: Alerts['acknowledge'] = async (...args) => {
    given.push(args);
    return seen;
  };
  const { stdout } = await alerts(['acknowledge', 'waiting', '--note', 'new agents come', '--by', 'ada'], {
    acknowledge,
  });
  expect(stdout).toBe('Alert waiting is acknowledged: it is not told again until it has cleared.\n');
  expect(given).toEqual([['waiting', { note: 'new agents come', by: 'ada' }]]);
  const list = async () => [seen];
  expect((await alerts(['list'], { list })).stdout).toMatch(/^waiting +raised, ada sees to it +queue /m);
  expect(JSON.parse((await alerts(['list', '-o', 'json'], { list })).stdout)).toMatchObject({
    alerts: [{ acknowledged: { at: '1970-01-01T00:00:00.000Z', note: 'new agents come' } }],
  });
});

test('what happened is told with who was told of it', async () => {
  const history = async () => [
    {
      id: 'msg_1',
      type: 'raised' as const,
      alert: 'waiting',
      at: 0,
      message: 'It waits.',
      rule: queueRule,
      value: 101,
      deliveries: [{ webhook: 'team', tries: 2, status: 'waiting' as const, answer: 'HTTP 503' }],
    },
  ];
  expect((await alerts(['history'], { history })).stdout).toMatch(
    /raised {8}It waits\.\n {2}team: waiting \(HTTP 503, 2 tries\)\n$/,
  );
});

test('a receiver gets a secret that is shown once, or the one of a variable, which is not shown', async () => {
  const given: unknown[] = [];
  const setWebhook: Alerts['setWebhook'] = async (webhook) => {
    given.push(webhook);
    return webhook.secret ?? 'whsec_new';
  };
  const address = ['webhooks', 'add', 'team', 'https://example.com/x'];
  expect((await alerts(address, { setWebhook })).stdout).toContain('whsec_new');
  const secret = `whsec_${Buffer.alloc(24).toString('base64')}`;
  const own = await alerts([...address, '--secret-env', 'S'], { setWebhook }, { S: secret });
  expect(own.stdout).not.toContain('whsec_');
  expect(given).toEqual([
    { name: 'team', url: 'https://example.com/x' },
    { name: 'team', url: 'https://example.com/x', secret },
  ]);
  expect((await alerts([...address, '--secret-env', 'S'], {}, { S: 'short' })).exitCode).toBe(2);
  expect((await alerts(['webhooks', 'add', 'team', 'ftp://example.com'], {})).exitCode).toBe(2);
});

test('a test tells who has taken the message, and fails where somebody has not', async () => {
  const test = async () => [
    { webhook: 'team', tries: 1, status: 'delivered' as const, answer: 'HTTP 204' },
    { webhook: 'down', tries: 1, status: 'waiting' as const, answer: 'ECONNREFUSED' },
  ];
  expect(await alerts(['test'], { test })).toMatchObject({
    exitCode: 1,
    stdout: 'team: delivered (HTTP 204)\ndown: waiting (ECONNREFUSED)\n',
  });
});
