import type { AgentChanges, AgentOverview, AgentRegistry } from '../../../src/contracts/ports/agent-registry';
import type { AgentKey } from '../../../src/domain/agents/agent';
import { definitionOf } from '../../helpers/agent-definitions';
import { startTime } from './fixtures';
import { agents, installation, run } from './scripted-host';
import type { HostScript } from './scripted-host';

const card = (changes: object = {}): string =>
  JSON.stringify({
    name: 'reviewer',
    description: 'Reviews changes.',
    supportedInterfaces: [{ url: 'https://a.example/rpc', protocolBinding: 'JSONRPC', protocolVersion: '1.0' }],
    skills: [{ id: 'code.review', tags: ['typescript'] }],
    ...changes,
  });

const runWith = (args: string[], script: Partial<AgentRegistry>, host: Partial<HostScript>) =>
  run(['agents', ...args], {
    ...host,
    folder: { openRunning: async () => installation({ agents: agents(script) }) },
  });

const connector = {
  connector: 'a2a' as const,
  url: 'https://a.example/rpc',
  transport: 'jsonrpc' as const,
  protocolVersion: '1.0' as const,
  headers: {},
};

async function added(args: string[], host: Partial<HostScript>) {
  const given: unknown[] = [];
  const ran = await runWith(['add', ...args], { add: async (_, definitions) => void given.push(...definitions) }, host);
  return { ...ran, added: given };
}

describe('add --card', () => {
  const expected = definitionOf('reviewer', {
    description: 'Reviews changes.',
    connector,
    capabilities: [{ name: 'code.review', proficiency: 1, technologies: ['typescript'] }],
    tags: ['typescript'],
  });

  test.each<[string, string, Partial<HostScript>]>([
    ['a file', 'card.json', { files: { '/home/ada/card.json': card() } }],
    ['an address', 'https://a.example/cards/7', { web: { 'https://a.example/cards/7': card() } }],
    [
      'the well-known place below an address',
      'https://a.example/team/',
      {
        web: {
          'https://a.example/team/': '<html>Welcome</html>',
          'https://a.example/team/.well-known/agent-card.json': card(),
        },
      },
    ],
    ['the older place below it', 'https://a.example', { web: { 'https://a.example/.well-known/agent.json': card() } }],
  ])('takes the card from %s', async (_, place, host) => {
    const { exitCode, stdout, added: given } = await added(['--card', place], host);
    expect([exitCode, stdout]).toEqual([0, 'Agent reviewer is added.\n']);
    expect(given).toEqual([expected]);
  });

  test('lets options go before what the card says, and tells of secrets', async () => {
    const { added: given, stderr } = await added(
      [
        ...['--card', 'card.json', '--name', 'second', '--header', 'Authorization=Bearer ${{ secrets.KEY }}'],
        ...['--capability', 'code.review=0.4', '--max-concurrent', '3'],
      ],
      {
        files: {
          '/home/ada/card.json': card({ name: 'No name', securityRequirements: [{ schemes: { bearer: {} } }] }),
        },
      },
    );
    expect(given).toEqual([
      definitionOf('second', {
        ...expected,
        name: 'second',
        connector: { ...connector, headers: { Authorization: 'Bearer ${{ secrets.KEY }}' } },
        capabilities: [{ name: 'code.review', proficiency: 0.4, technologies: [] }],
        maxConcurrent: 3,
      }),
    ]);
    expect(stderr).toBe('It needs a secret: `orchestra agents secrets set second KEY` reads it from stdin.\n');
  });

  test('tells of authentication that nothing was said about', async () => {
    const text = card({ securityRequirements: [{ schemes: { bearer: {} } }] });
    const { stderr } = await added(['--card', 'card.json'], { files: { '/home/ada/card.json': text } });
    expect(stderr).toContain('card.json:1:1: the agent asks for authentication (bearer)');
  });

  test.each<[string, string[], string]>([
    ['a bad card', ['--card', 'bad.json'], 'bad.json:1:1: supportedInterfaces: is missing'],
    ['a name that is none', ['--card', 'card.json', '--name', 'a b'], 'NAME: must be letters, digits'],
    ['no file', ['--card', 'none.json'], 'none.json: cannot be read: there is no such file'],
    ['nothing at the address', ['--card', 'https://b.example/card.json'], 'card.json: cannot be read: HTTP 404'],
    [
      'no card below the address',
      ['--card', 'https://b.example'],
      'https://b.example/.well-known/agent.json: cannot be read: HTTP 404',
    ],
    ['no address', ['--card', 'https://'], 'https://: is no valid address'],
    ['an agent besides', ['--card', 'card.json', 'writer'], 'leave out writer'],
    ['a name without a card', ['writer', '--name', 'x'], '--name belongs to --card'],
    ['nothing', [], 'Name files, folders, an agent, or a card'],
  ])('refuses %s', async (_, args, message) => {
    const files = { '/home/ada/card.json': card(), '/home/ada/bad.json': '{"name":"x","skills":[]}' };
    const { exitCode, stderr, added: given } = await added(args, { files });
    expect([exitCode, given]).toEqual([2, []]);
    expect(stderr).toContain(message);
  });
});

test('update --card takes what the card says, and leaves headers, capacity and proficiency as they are', async () => {
  const headers = { Authorization: 'Bearer ${{ secrets.KEY }}' };
  const current: AgentOverview = {
    ...definitionOf('reviewer', {
      connector: { ...connector, url: 'https://old.example', tenant: 'kitchen', headers },
      capabilities: [{ name: 'code.review', proficiency: 0.5, technologies: [] }],
      maxConcurrent: 7,
    }),
    ...{ workspace: 'default', draining: false, revision: 1, createdAt: startTime, updatedAt: startTime },
    ...{ running: 0, record: { succeeded: 0, failed: 0 } },
  };
  const changed: [AgentKey, AgentChanges][] = [];
  const skills = [{ id: 'code.review', tags: ['rust'] }, { id: 'plan' }];
  await runWith(
    ['update', '--card', 'card.json'],
    { find: async () => current, change: async (...given) => void changed.push(given) },
    { files: { '/home/ada/card.json': card({ skills }) } },
  );
  expect(changed).toEqual([
    [
      { workspace: 'default', name: 'reviewer' },
      {
        description: 'Reviews changes.',
        connector: { ...connector, headers },
        capabilities: [
          { name: 'code.review', proficiency: 0.5, technologies: ['rust'] },
          { name: 'plan', proficiency: 1, technologies: [] },
        ],
        tags: ['rust'],
      },
    ],
  ]);
});
