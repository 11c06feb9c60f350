import { Presence } from '../../../src/api/presence';
import type { AgentKey } from '../../../src/domain/agents/agent';
import { until } from '../../helpers/until';

const ada = { workspace: 'w', name: 'ada' };
const bob = { workspace: 'w', name: 'bob' };

it('writes down agents that come together in one call, and each only now and then', async () => {
  const calls: (readonly AgentKey[])[] = [];
  const presence = new Presence({ seen: async (agents) => void calls.push(agents) }, () => undefined);
  presence.seen(ada);
  presence.seen(bob);
  presence.seen(ada);
  await until('it is written down', () => calls.length > 0);
  presence.seen(bob);
  expect(await presence.during(ada, async () => 'answered')).toBe('answered');
  presence.close();
  expect(calls).toEqual([[ada, bob]]);
});

it('writes an agent down again that could not be', async () => {
  const errors: unknown[] = [];
  let isAway = true;
  const calls: (readonly AgentKey[])[] = [];
  const presence = new Presence(
    {
      seen: async (agents) => {
        if (isAway) throw new Error('away');
        calls.push(agents);
      },
    },
    (error) => errors.push(error),
  );
  presence.seen(ada);
  await until('it has failed', () => errors.length === 1);
  isAway = false;
  presence.seen(ada);
  await until('it is written down', () => calls.length === 1);
  presence.close();
});
