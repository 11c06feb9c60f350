import type { SessionHandle } from '../../src/client/session-handle';
import type { AgentDefinition } from '../../src/domain/agents/agent';
import { definitionOf } from '../helpers/agent-definitions';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import type { ControlledAgent } from '../workflows/controlled-agent';
import { registerRemote } from '../workflows/remote-agent-client';

export type Play = (
  feature: string,
  tasks: string,
  conduct?: (session: SessionHandle) => Promise<void>,
) => Promise<void>;

/** Sessions whose tasks are done by agents of the registry. */
export async function playRegistryScenarios(
  installation: TestInstallation,
  agent: ControlledAgent,
  play: Play,
): Promise<void> {
  const reached = (name: string, capability: string, parts: Partial<AgentDefinition> = {}): AgentDefinition =>
    definitionOf(name, {
      connector: { connector: 'http', url: agent.url, headers: {} },
      capabilities: [{ name: capability, proficiency: 1, technologies: [] }],
      ...parts,
    });
  await installation.agents.add('default', [
    reached('ada', 'code', { maxConcurrent: 2 }),
    reached('bob', 'code', { maxConcurrent: 2 }),
    reached('sole', 'weld'),
  ]);

  await play(
    'registered-agents',
    '  write: { agent: { capability: code } }\n  check: { needs: [write], agent: { capability: code, notSameAs: [write] } }',
    async (session) => {
      await agent.answer('write', { session: session.id });
      await agent.answer('check', { session: session.id });
    },
  );
  await play(
    'waiting-line',
    '  first: { agent: sole, priority: 1 }\n  second: { agent: { capability: weld } }',
    async (session) => {
      await agent.arrival('first', 1, session.id);
      await until('the second waits', async () => (await session.runs()).some(({ status }) => status === 'waiting'));
      await agent.answer('first', { session: session.id });
      await agent.answer('second', { session: session.id });
    },
  );

  const far = await registerRemote(installation, await installation.startApi(), 'far');
  await play('remote-agent', '  first: { agent: far }\n  second: { needs: [first], agent: far }', async () => {
    await far.settle('complete', await far.claim());
    await far.settle('fail', await far.claim(), { error: 'no luck' });
    await far.settle('complete', await far.claim());
  });
}
