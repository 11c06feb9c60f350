import type { AgentOverview, AgentRegistry } from '../../../src/contracts/ports/agent-registry';
import { unknownAgent } from '../../../src/domain/agents/agent-errors';
import type { Memory } from '../../../src/domain/memory/memory';
import { startTime } from './fixtures';
import { agents, client, installation, run } from './scripted-host';
import type { Ran } from './scripted-host';
import type { Client } from '../../../src/cli/ports';

const memory: Memory = {
  id: '3f1c9a2b7d40',
  kind: 'fact',
  text: 'The style guide\nis \u001b[31mdocs/style.md.',
  createdAt: startTime,
  recalled: 2,
  recalledAt: startTime + 60_000,
};

const report = {
  ...memory,
  createdAt: '2026-03-01T09:00:00.000Z',
  recalledAt: '2026-03-01T09:01:00.000Z',
};

type Memories = Client['memories'];

function runMemory(args: string[], script: Partial<Memories> = {}): Promise<Ran> {
  const find: AgentRegistry['find'] = async (workspace, { name }) => {
    if (name === 'nobody') throw unknownAgent(workspace, name, []);
    return {} as AgentOverview;
  };
  const server = installation({ client: client({ memories: script as Memories }), agents: agents({ find }) });
  return run(['memory', ...args], { folder: { openRunning: async () => server } });
}

test.each([['add'], ['search'], ['list'], ['forget']])('memory %s has help with examples', async (command) => {
  expect((await run(['memory', command, '--help'])).stdout).toContain('Examples:\n  $ orchestra memory ');
});

test('add tells an agent a fact, or what it came to know by doing', async () => {
  const told: unknown[] = [];
  const add: Memories['add'] = async (...given) => {
    told.push(given);
    return memory;
  };
  expect((await runMemory(['add', 'ada', 'one'], { add })).stdout).toBe('Agent ada remembers 3f1c9a2b7d40.\n');
  const { stdout } = await runMemory(['add', 'acme/ada', 'two', '--kind', 'experience', '-o', 'json'], { add });
  expect(JSON.parse(stdout)).toEqual(report);
  expect(told).toEqual([
    ['ada', { kind: 'fact', text: 'one' }],
    ['acme/ada', { kind: 'experience', text: 'two' }],
  ]);
});

test('list is a table of what an agent remembers, one line each', async () => {
  const { stdout } = await runMemory(['list', 'ada', '-n', '3'], {
    list: async (_, limit) => [{ ...memory, recalled: limit }],
  });
  expect(stdout).toMatch(
    /^MEMORY +KIND +TOLD +RECALLED +TEXT\n3f1c9a2b7d40 +fact +2026-03-01 \S+ +3 +The style guide is docs\/style\.md\.\n$/,
  );
});

test('list and search tell programs all of it', async () => {
  const asked: unknown[] = [];
  const search: Memories['search'] = async (...given) => {
    asked.push(given);
    return { memories: [memory], searchedBy: 'words' };
  };
  const { stdout } = await runMemory(['search', 'ada', 'style -draft', 'guide', '-o', 'json'], { search });
  expect(JSON.parse(stdout)).toEqual({ memories: [report], searchedBy: 'words' });
  expect(asked).toEqual([['ada', 'style -draft guide', 50]]);
  expect(JSON.parse((await runMemory(['list', 'ada', '-o', 'json'], { list: async () => [] })).stdout)).toEqual({
    memories: [],
  });
});

test('what is not found is said', async () => {
  const { exitCode, stdout, stderr } = await runMemory(['search', 'ada', 'x'], {
    search: async () => ({ memories: [], searchedBy: 'words' }),
  });
  expect([exitCode, stdout, stderr]).toEqual([0, '', 'There is no such memory.\n']);
});

test.each([[['search', 'nobody', 'x']], [['list', 'nobody']], [['forget', 'nobody', '--all']]])(
  '%j: no agent is another answer than no memory',
  async (args) => {
    const { exitCode, stderr } = await runMemory(args);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('There is no agent "nobody"')]);
  },
);

test('forget takes ids, or everything', async () => {
  const forgotten: unknown[] = [];
  const script: Partial<Memories> = {
    forget: async (...given) => void forgotten.push(given),
    forgetAll: async () => 1,
  };
  expect((await runMemory(['forget', 'ada', 'a', 'b'], script)).stdout).toBe('Agent ada has forgotten 2 memories.\n');
  expect(forgotten).toEqual([['ada', ['a', 'b']]]);
  expect(JSON.parse((await runMemory(['forget', 'ada', '--all', '-o', 'json'], script)).stdout)).toEqual({
    forgotten: 1,
  });
});

test.each([
  [['forget', 'ada'], 'Name the memories to forget, or say --all.'],
  [['forget', 'ada', 'a', '--all'], 'Name the memories to forget, or say --all.'],
  [['add', 'ada', 'x', '--kind', 'dream'], 'Allowed choices are fact, experience'],
])('%j is bad usage, and nothing is connected to', async (args, message) => {
  const { exitCode, stderr } = await run(['memory', ...args]);
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)]);
});

test('search says where it could not search by meaning, and answers all the same', async () => {
  const search: Memories['search'] = async () => ({
    memories: [memory],
    searchedBy: 'words',
    problem: 'the embedder answered HTTP 503',
  });
  const ran = await runMemory(['search', 'ada', 'style'], { search });
  expect(ran).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('3f1c9a2b7d40'),
    stderr: 'Searched by words alone: the embedder answered HTTP 503.\n',
  });
  expect(JSON.parse((await runMemory(['search', 'ada', 'style', '-o', 'json'], { search })).stdout)).toMatchObject({
    searchedBy: 'words',
    problem: 'the embedder answered HTTP 503',
  });
});
