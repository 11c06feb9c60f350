import type { RunningApi } from '../../src/main/api';
import { definitionOf } from '../helpers/agent-definitions';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { registerRemote } from './remote-agent-client';

let installation: TestInstallation;
let api: RunningApi;

beforeAll(async () => {
  installation = await openTestInstallation();
  [api] = await Promise.all([installation.startApi(), installation.startWorkers()]);
});
afterAll(() => installation.close());

const shared = { discoveries: [{ text: 'Run make first.' }], memories: ['The port is 81.'], answer: 42 };

const known = async (agent: string) => ({
  claims: (await installation.client.learning.insights({ agent: `default/${agent}`, all: false })).map(
    ({ says, scope }) => ({ says, scope }),
  ),
  memories: (await installation.client.memories.list(agent, 5)).map(({ text }) => text),
});

it('an agent that is a program shares by its output, which stays as it is', async () => {
  await installation.agents.add('default', [
    definitionOf('painter', {
      connector: {
        connector: 'command',
        command: ['node', '-e', `process.stdout.write(${JSON.stringify(JSON.stringify(shared))})`],
        env: [],
        stdin: 'json',
        output: 'json',
      },
    }),
  ]);
  const session = await installation.start('version: 1\nname: p\ntasks: { paint: { agent: painter } }\n');
  expect((await session.result()).status).toBe('succeeded');
  expect((await session.outputs()).get('paint')).toEqual(shared);
  expect(await known('painter')).toEqual({
    claims: [{ says: 'Agent default/painter says: “Run make first.”', scope: { taskType: 'paint' } }],
    memories: ['The port is 81.'],
  });
});

it('so does one that comes for its work, once, however often it hands it over', async () => {
  const agent = await registerRemote(installation, api, 'far');
  const session = await installation.start(
    'version: 1\nname: p\ntasks: { paint: { agent: far, gate: { check: "output.answer == 42" } } }\n',
  );
  const work = await agent.claim();
  await agent.settle('complete', work, { output: shared });
  await agent.settle('complete', work, { output: shared });
  expect((await session.result()).status).toBe('succeeded');
  expect(await known('far')).toEqual({
    claims: [{ says: 'Agent default/far says: “Run make first.”', scope: { taskType: 'paint' } }],
    memories: ['The port is 81.'],
  });
});
