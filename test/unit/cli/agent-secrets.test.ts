import type { AgentSecrets } from '../../../src/contracts/ports/agent-secrets';
import { agentSecrets, installation, run } from './scripted-host';
import type { HostScript, Ran } from './scripted-host';

const runWith = (args: string[], script: Partial<AgentSecrets>, host: HostScript = {}): Promise<Ran> =>
  run(['agents', 'secrets', ...args], {
    ...host,
    folder: { openRunning: async () => installation({ agentSecrets: agentSecrets(script) }) },
  });

const agent = { workspace: 'default', name: 'writer' };

test.each([['set'], ['list'], ['remove'], ['rotate']])('agents secrets %s has help with examples', async (command) => {
  expect((await run(['agents', 'secrets', command, '--help'])).stdout).toContain(
    `Examples:\n  $ orchestra agents secrets ${command}`,
  );
});

test.each([
  ['stdin, without its line end', [], { stdin: 'open sesame\n' }],
  ['stdin, of Windows', [], { stdin: 'open sesame\r\n' }],
  ['a variable', ['--from-env', 'MY_TOKEN'], { variables: { MY_TOKEN: 'open sesame' } }],
])('set takes the value from %s, and does not print it', async (_, options, host) => {
  const set: unknown[] = [];
  const ran = await runWith(
    ['set', 'writer', 'TOKEN', ...options],
    { set: async (...given) => void set.push(given) },
    host,
  );
  expect(set).toEqual([[agent, 'TOKEN', 'open sesame']]);
  expect(ran).toMatchObject({ exitCode: 0, stdout: 'Secret TOKEN of agent writer is set.\n', stderr: '' });
});

test.each([
  ['a terminal', ['TOKEN'], {}, 'Give the value on stdin'],
  ['nothing', ['TOKEN'], { stdin: '\n' }, 'The value is empty'],
  ['a variable that is not set', ['TOKEN', '--from-env', 'NO'], {}, 'The environment variable NO is not set'],
  ['a name that is none', ['MY-TOKEN'], { stdin: 'sesame' }, '"MY-TOKEN" is no name of a secret'],
  ['a value as an argument', ['TOKEN', 'sesame'], {}, 'too many arguments'],
  ['too much', ['TOKEN'], { stdin: 'sesame'.repeat(20_000) }, 'The value has 120000 bytes, at most 65536 are allowed'],
])('set refuses %s before anything is opened', async (_, args, host, message) => {
  const { exitCode, stdout, stderr } = await run(['agents', 'secrets', 'set', 'writer', ...args], host);
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toContain(message);
  expect(stderr).not.toContain('sesame');
});

test('list names secrets and their keys', async () => {
  const list: AgentSecrets['list'] = async () => [{ name: 'TOKEN', keyId: 'k1' }];
  expect((await runWith(['list', 'writer'], { list })).stdout).toBe('SECRET  KEY\nTOKEN   k1\n');
  expect(JSON.parse((await runWith(['list', 'writer', '-o', 'json'], { list })).stdout)).toEqual({
    agent: 'writer',
    secrets: [{ name: 'TOKEN', keyId: 'k1' }],
  });
  expect((await runWith(['list', 'writer'], { list: async () => [] })).stderr).toBe('Agent writer has no secret.\n');
});

test('remove and rotate say what they did', async () => {
  const removed: unknown[] = [];
  const remove: AgentSecrets['remove'] = async (...given) => void removed.push(given);
  expect((await runWith(['remove', 'writer', 'TOKEN'], { remove })).stdout).toBe(
    'Secret TOKEN of agent writer is removed.\n',
  );
  expect(removed).toEqual([[agent, 'TOKEN']]);
  expect((await runWith(['rotate'], { rotate: async () => 2 })).stdout).toBe(
    'All secrets of workspace default are encrypted with the first key; 2 were encrypted anew.\n',
  );
});
