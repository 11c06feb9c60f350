import { assign } from '../../../src/domain/routing/assign';
import type { AgentProfile } from '../../../src/domain/routing/agent-profile';
import { Roster } from '../../../src/domain/routing/roster';
import type { RoutingRequirement } from '../../../src/domain/routing/routing-requirement';
import { agent, needs } from './agent-profiles';

const full = (name: string, maxConcurrent = 2): AgentProfile => agent(name, { maxConcurrent, running: maxConcurrent });
const draining = agent('leaving', { draining: true });
const other = agent('reviewer', { capabilities: [{ name: 'review', proficiency: 1, technologies: [] }] });

test.each<[AgentProfile[], Partial<RoutingRequirement>, string, string]>([
  [[agent('writer')], { names: ['writr'] }, 'no-such-agent', 'There is no agent "writr" (did you mean "writer"?).'],
  [[other], { capability: 'revew' }, 'no-agent-can', 'No agent has the capability "revew" (did you mean "review"?).'],
  [[other], {}, 'no-agent-can', 'No agent has the capability "write".'],
  [
    [agent('a'), agent('b')],
    { technologies: ['rust', 'zig'] },
    'no-agent-can',
    'No agent with the capability "write" knows rust and zig.',
  ],
  [
    [agent('a')],
    { tags: ['fast'] },
    'no-agent-can',
    'No agent with the capability "write" has all tags asked for: fast.',
  ],
  [[agent('a')], { type: 'mcp' }, 'no-agent-can', 'No agent with the capability "write" is of type mcp.'],
  [
    [agent('a', { type: 'codex' })],
    { type: 'codx' },
    'no-agent-can',
    'No agent with the capability "write" is of type codx (did you mean "codex"?).',
  ],
  [[agent('a')], { names: ['a'], capability: 'review' }, 'no-agent-can', 'Of a, none has the capability "review".'],
  [
    [agent('a'), agent('b')],
    { exclude: ['b', 'a'] },
    'all-excluded',
    'All that meet the requirement are excluded: a and b.',
  ],
  [[draining], {}, 'all-draining', 'All that meet the requirement are draining: leaving.'],
  [
    [agent('a@attic', { offline: { lastSeenAt: 0 } }), agent('out')],
    { exclude: ['out'] },
    'all-offline',
    'All that meet the requirement are offline: a@attic (last seen 1970-01-01T00:00:00.000Z). 1 other excluded.',
  ],
  [
    [agent('a@attic', { hostRoom: { running: 3, maxConcurrent: 3 } }), agent('b', { offline: { lastSeenAt: null } })],
    {},
    'all-busy',
    'All that meet the requirement are busy: a@attic (its host has 3 of 3). 1 other offline.',
  ],
  [
    [
      agent('a', {
        rateLimit: { starts: 2, windowMs: 60_000 },
        starts: { used: 2, windowMs: 60_000, endsAt: 120_000 },
      }),
    ],
    {},
    'all-busy',
    'All that meet the requirement are busy: a (has started 2 of 2 in 1m, more at 1970-01-01T00:02:00Z).',
  ],
  [
    [full('a'), full('b', 1), full('c'), full('d'), full('e')],
    {},
    'all-busy',
    'All that meet the requirement are busy: a (2 of 2), b (1 of 1), c (2 of 2) and 2 more.',
  ],
  [
    [agent('a', { maxConcurrent: 5, running: 4 }), draining, agent('out')],
    { exclude: ['out'] },
    'all-busy',
    'All that meet the requirement are busy: a (4 of 5). An agent takes new work below 80 % of its places. 1 other draining. 1 other excluded.',
  ],
  [
    [{ ...full('a'), workspace: 'v', shared: true }],
    {},
    'all-busy',
    'All that meet the requirement are busy: a of v (2 of 2).',
  ],
])('%#. whoever waits is told why', (profiles, requirement, reason, message) => {
  const [wait] = assign(new Roster(profiles), [{ workspace: 'w', requirement: needs(requirement) }]);
  expect(wait).toMatchObject({ kind: 'wait', reason, message });
});

test('agents of others that are not shared are not told of', () => {
  const hidden = agent('secret', { workspace: 'v' });
  const [wait] = assign(new Roster([hidden]), [{ workspace: 'w', requirement: needs({ names: ['secre'] }) }]);
  expect(wait).toMatchObject({ reason: 'no-such-agent', message: 'There is no agent "secre".' });
});

test('a wait counts what keeps the agents', () => {
  const profiles = [full('a'), full('b'), draining, agent('out'), other];
  const [wait] = assign(new Roster(profiles), [{ workspace: 'w', requirement: needs({ exclude: ['out'] }) }]);
  expect(wait).toMatchObject({ candidates: 4, excluded: 1, draining: 1, busy: 2 });
});
