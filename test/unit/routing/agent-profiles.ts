import fc from 'fast-check';
import type { AgentRecord } from '../../../src/domain/agents/agent';
import { splitInstance } from '../../../src/domain/agents/agent-ref';
import { emptyRecord } from '../../../src/domain/routing/agent-profile';
import type { AgentProfile, Room } from '../../../src/domain/routing/agent-profile';
import type { RoutingRequirement } from '../../../src/domain/routing/routing-requirement';

/** An agent of the workspace `w` that can write, has four places and no record. */
export function agent(name: string, given: Partial<AgentProfile> = {}): AgentProfile {
  return {
    workspace: 'w',
    name,
    type: 'command',
    connector: 'command',
    capabilities: [{ name: 'write', proficiency: 0.8, technologies: ['rust', 'go'] }],
    tags: [],
    cost: {},
    shared: false,
    draining: false,
    maxConcurrent: 4,
    running: 0,
    record: emptyRecord,
    ...given,
  };
}

export function needs(given: Partial<RoutingRequirement> = {}): RoutingRequirement {
  const empty = { technologies: [], tags: [], prefer: [], avoid: [], sameAs: [], exclude: [] };
  return { ...empty, ...('names' in given ? {} : { capability: 'write' }), ...given };
}

/** A record with successes of these durations. */
export function recordOf(durationsMs: readonly number[], failed = 0): AgentRecord {
  const logs = durationsMs.map(Math.log);
  const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);
  return {
    succeeded: logs.length,
    failed,
    logDurationSum: sum(logs),
    logDurationSquareSum: sum(logs.map((log) => log * log)),
  };
}

const names = ['ada', 'bob', 'cy', 'dan', 'eve', 'fay', 'gus', 'hal'];
const onHosts = ['ada@attic', 'bob@attic', 'cy@attic', 'ada@cellar', 'dan@cellar'];
const subset = (words: string[], maxLength = words.length) => fc.uniqueArray(fc.constantFrom(...words), { maxLength });

export const arbitraryProfile: fc.Arbitrary<AgentProfile> = fc.record({
  workspace: fc.constantFrom('w', 'v', 'u'),
  name: fc.constantFrom(...names, ...onHosts),
  type: fc.constantFrom('command', 'codex'),
  connector: fc.constant('command'),
  capabilities: fc.uniqueArray(
    fc.record({
      name: fc.constantFrom('write', 'review'),
      proficiency: fc.constantFrom(0, 0.25, 0.5, 1),
      technologies: subset(['rust', 'go']),
    }),
    { selector: ({ name }) => name, maxLength: 2 },
  ),
  tags: subset(['fast', 'cheap']),
  cost: fc.record(
    { perAttemptUsd: fc.constantFrom(0, 0.01, 2), perHourUsd: fc.constantFrom(1, 20) },
    { requiredKeys: [] },
  ),
  shared: fc.boolean(),
  draining: fc.constantFrom(false, false, false, true),
  maxConcurrent: fc.integer({ min: 1, max: 6 }),
  running: fc.nat(2),
  record: fc
    .tuple(fc.array(fc.integer({ min: 1, max: 100_000 }), { maxLength: 5 }), fc.nat(4))
    .map(([durationsMs, failed]) => recordOf(durationsMs, failed)),
});

const arbitraryRoom: fc.Arbitrary<Room> = fc.record({
  maxConcurrent: fc.integer({ min: 1, max: 6 }),
  running: fc.nat(3),
});

export const arbitraryProfiles: fc.Arbitrary<AgentProfile[]> = fc
  .tuple(
    fc.uniqueArray(arbitraryProfile, {
      selector: ({ workspace, name }) => `${workspace}/${name}`,
      maxLength: 24,
      size: 'max',
    }),
    fc.record({ attic: arbitraryRoom, cellar: arbitraryRoom }),
    fc.array(fc.nat(3), { minLength: 24, maxLength: 24 }),
  )
  .map(([profiles, rooms, luck]) =>
    profiles.map((profile, at) => {
      const { host } = splitInstance(profile.name);
      return {
        ...profile,
        ...(luck[at] === 0 && { offline: { lastSeenAt: null } }),
        ...(host !== undefined && { hostRoom: rooms[host as keyof typeof rooms] }),
      };
    }),
  );

/** Most ask for little, so that several agents meet them. */
export const arbitraryRequirement: fc.Arbitrary<RoutingRequirement> = fc
  .record({
    names: rarely(fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 3 })),
    capability: fc.constantFrom('write', 'write', 'review', undefined),
    technologies: rarely(subset(['rust', 'go'], 1)),
    tags: rarely(subset(['fast', 'cheap'], 1)),
    type: rarely(fc.constantFrom('command', 'codex')),
    prefer: subset(names, 2),
    avoid: subset(names, 2),
    sameAs: subset(names, 2),
    exclude: subset(names, 2),
  })
  .map(({ names: asked, capability, technologies = [], tags = [], type, ...lists }) => ({
    ...(asked && { names: asked }),
    ...(capability !== undefined && { capability }),
    ...(type !== undefined && { type }),
    technologies,
    tags,
    ...lists,
  }));

function rarely<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
}
