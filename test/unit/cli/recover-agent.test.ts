import type { AgentDefinition } from '../../../src/domain/agents/agent';
import { handled, overviewOf, runWith } from './agent-commands';
import { startTime } from './fixtures';
import { client } from './scripted-host';

const service: Partial<AgentDefinition> = {
  connector: { connector: 'http', url: 'https://a.example/', headers: {} },
  restart: { command: ['systemctl', 'restart', 'a'], timeoutMs: 1_000 },
};
const settings = (automatic: string) => ({
  client: client({
    settings: { get: async () => ({ 'recovery.automatic': automatic }), change: () => Promise.reject(new Error()) },
  }),
});

const refuse = (): never => {
  throw new Error('the test did not expect it');
};

test('recover lists what can be done, what is done by itself, and why the rest cannot be', async () => {
  const script = { find: async () => overviewOf('a', service) };
  const listed = await runWith(['recover', 'a'], script, {}, settings('probe,restart'));
  expect(listed.stdout).toBe(
    'ACTION      BY ITSELF\n' +
      'probe       yes        asks https://a.example/ without giving it work\n' +
      'restart     yes        runs systemctl restart a, at most 3 times an hour\n' +
      'drain       no         gives it no new work\n' +
      'quarantine  no         gives it no new work and marks it as in error, until it is reset\n' +
      'alert       no         tells the receivers of alerts, at most 3 times an hour\n',
  );
  const { stdout } = await runWith(
    ['recover', 'a', '-o', 'json'],
    { find: async () => overviewOf('a') },
    {},
    settings('none'),
  );
  expect(JSON.parse(stdout)).toMatchObject({
    agent: 'a',
    actions: [
      { action: 'probe', isPossible: false, says: 'its definition has no `probe`', automatic: false },
      { action: 'restart', isPossible: false, automatic: false },
      { action: 'drain', isPossible: true },
      { action: 'quarantine' },
      { action: 'alert', isPossible: true, automatic: false },
    ],
  });
});

test.each([
  [true, 'Agent a: restart succeeded: systemctl: exit 0\n', 0],
  [false, 'Agent a: restart failed: systemctl: exit 0\n', 1],
])('recover restart asks a worker, and says what came of it: %s', async (succeeded, said, exitCode) => {
  const asked: unknown[] = [];
  const came = [undefined, { succeeded, detail: 'systemctl: exit 0' }];
  const recoveries = {
    request: async (...given: unknown[]) => {
      asked.push(given);
      return '7';
    },
    endOf: async () => came.shift(),
    alert: refuse,
  };
  const ran = await runWith(
    ['recover', 'a', 'restart', '--reason', 'it hangs', '--by', 'ada'],
    { find: async () => overviewOf('a', service) },
    {},
    { recoveries },
  );
  expect([ran.stdout, ran.exitCode]).toEqual([said, exitCode]);
  expect(asked).toEqual([[{ workspace: 'default', name: 'a' }, 'restart', { by: 'ada', why: 'it hangs' }]]);
});

test('recover says that no worker has done it in time', async () => {
  let time = startTime;
  const { stdout, exitCode } = await runWith(
    ['recover', 'a', 'probe'],
    { find: async () => overviewOf('a') },
    {},
    { recoveries: { request: async () => '7', endOf: async () => undefined, alert: refuse } },
    () => (time += 60_000),
  );
  expect(stdout).toContain('no worker has done it yet: `orchestra agents events a` tells when one has');
  expect(exitCode).toBe(1);
});

test('recover drain and quarantine do at once what the commands of their names do', async () => {
  const drained: unknown[] = [];
  const script = { setDraining: async (...given: unknown[]) => void drained.push(given) };
  expect((await runWith(['recover', 'a', 'drain', '--reason', 'slow'], script)).exitCode).toBe(0);
  expect(drained).toEqual([[{ workspace: 'default', name: 'a' }, true, { by: 'command line', why: 'slow' }]]);
  expect((await runWith(['recover', 'a', 'quarantine', '--reason', 'it leaks'], {})).exitCode).toBe(0);
  expect(handled).toEqual([[{ workspace: 'default', name: 'a' }, 'it leaks', 'command line']]);
  expect((await runWith(['recover', 'a', 'pray'], {})).exitCode).toBe(2);
});

test('recover alert tells the receivers, and says whom', async () => {
  const asked: unknown[] = [];
  const alert = async (...given: unknown[]) => {
    asked.push(given);
    return { succeeded: true, detail: 'told ops, team' };
  };
  const recoveries = { request: refuse, endOf: refuse, alert };
  const { stdout, exitCode } = await runWith(['recover', 'a', 'alert', '--reason', 'it lies'], {}, {}, { recoveries });
  expect([stdout, exitCode]).toEqual(['Agent a: alert succeeded: told ops, team\n', 0]);
  expect(asked).toEqual([
    [
      { workspace: 'default', name: 'a' },
      { by: 'command line', why: 'it lies' },
    ],
  ]);
});

test('events say when, what, who and why', async () => {
  const noted = [
    { nr: 2, at: startTime, kind: 'restarted' as const, why: 'it hangs; exit 0', by: 'ada' },
    { nr: 1, at: startTime, kind: 'breaker-opened' as const, why: null, by: null },
  ];
  const breakers = {
    events: async () => noted,
    quarantine: () => Promise.reject(new Error()),
    reset: () => Promise.reject(new Error()),
  };
  const find = async () => overviewOf('a');
  const { stdout } = await runWith(['events', 'a'], { find }, {}, { breakers });
  expect(stdout).toMatch(/ restarted +ada +it hangs; exit 0\n.* breaker-opened +its circuit breaker +-\n$/);
  const json = await runWith(['events', 'a', '-o', 'json'], { find }, {}, { breakers });
  expect(JSON.parse(json.stdout)).toMatchObject({
    events: [
      { at: '2026-03-01T09:00:00.000Z', kind: 'restarted', by: 'ada' },
      { kind: 'breaker-opened', by: 'its circuit breaker' },
    ],
  });
});
