import { createConnectors } from '../../../src/connectors/create-connectors';
import type { Connector } from '../../../src/contracts/ports/connector';
import { judge } from '../../../src/domain/judge';
import {
  a2aAgent,
  attemptOf,
  commandAgent,
  functionAgent,
  httpAgent,
  recordedContext,
  simulatedAgent,
} from './attempt';
import { createRecordingProcessGroups } from './process-groups';

const connectors = createConnectors({
  hostEnvironment: { PATH: process.env['PATH'] },
  processGroups: createRecordingProcessGroups(),
  now: () => 0,
  functions: {
    call: () => Promise.resolve({ kind: 'returned', json: '4' } as const),
    close: () => Promise.resolve(),
  },
  functionDirectories: 'plan',
});

test('each kind of agent is reached through its own connector', async () => {
  const agents = [
    commandAgent(['echo', '1']),
    httpAgent('no address'),
    a2aAgent('http://127.0.0.1:1'),
    functionAgent('./package.json.js'),
    functionAgent('./jest.config.cjs'),
    simulatedAgent({ output: 3 }),
  ];
  const kinds = agents.map(async (agent) => {
    const connector: Connector = connectors[agent.connector];
    const { evidence } = await connector.run(attemptOf(agent), recordedContext());
    return evidence[0]?.kind;
  });
  expect(await Promise.all(kinds)).toEqual(['exit-code', 'start', 'connection', 'start', 'function', 'script']);
});

test('a program that claims success and hands over garbage is judged contradictory', async () => {
  const report = await connectors.command.run(attemptOf(commandAgent(['echo', 'All', 'done!'])), recordedContext());
  expect(judge(report).verdict).toBe('contradictory');
});
