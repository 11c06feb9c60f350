import fc from 'fast-check';
import type { AgentRecord } from '../../../src/domain/agents/agent';
import { Expectations } from '../../../src/domain/learning/expectations';
import type { KnownAgent } from '../../../src/domain/learning/expectations';
import { emptyRecord } from '../../../src/domain/learning/record-sums';

const prior = { mean: 0.8, weight: 5 };
const record = (succeeded: number, failed: number): AgentRecord => ({ ...emptyRecord, succeeded, failed });
const known = (name: string, of: AgentRecord, more: Partial<KnownAgent> = {}): KnownAgent => ({
  workspace: 'w',
  agent: { workspace: 'w', name },
  type: 'poet',
  record: of,
  ...more,
});

/** What is expected of an agent. */
function meanOf(agents: KnownAgent[], name: string, { workspace = 'w', type = 'poet' } = {}): number {
  return new Expectations(agents).of(workspace, { workspace: 'w', name }, type, prior).mean;
}

test('where nothing is known of others it is what the workspace expects, and just that', () => {
  expect(new Expectations().of('w', { workspace: 'w', name: 'new' }, 'poet', prior)).toBe(prior);
  expect(new Expectations([known('ada', record(50, 0))]).of('w', { workspace: 'w', name: 'ada' }, 'poet', prior)).toBe(
    prior,
  );
});

test('others of its type raise what is expected of an agent; what is expected above counts as two of them', () => {
  const voice = 45 / 50;
  expect(meanOf([known('ada', record(45, 0))], 'new')).toBeCloseTo((2 * 0.8 + voice) / (2 + voice));
});

test('an agent counts as one at most, however much it does', () => {
  const much = meanOf([known('ada', record(5_000, 0))], 'new');
  const less = meanOf([known('ada', record(500, 0))], 'new');
  expect(much).toBeCloseTo(less, 2);
});

test('others of the workspace count for less, and before those of its type', () => {
  const elsewhere = [1, 2, 3, 4].map((nth) => known(`other-${nth}`, record(50, 0), { type: 'coder' }));
  const [asPoet, asCoder] = [meanOf(elsewhere, 'new'), meanOf(elsewhere, 'new', { type: 'coder' })];
  expect(asPoet).toBeGreaterThan(0.85);
  expect(asCoder).toBeGreaterThan(asPoet + 0.05);
  const badPoets = [1, 2, 3, 4, 5, 6].map((nth) => known(`poet-${nth}`, record(5, 50)));
  expect(meanOf([...elsewhere, ...badPoets], 'new')).toBe(0.8);
  expect(meanOf([...elsewhere, ...badPoets], 'new', { type: 'coder' })).toBeGreaterThan(0.8);
});

test('a workspace knows only what it has learnt itself', () => {
  const agents = [known('ada', record(50, 0)), known('ada', record(0, 50), { workspace: 'v' })];
  expect(meanOf(agents, 'new')).toBeGreaterThan(0.83);
  expect(meanOf(agents, 'new', { workspace: 'v' })).toBe(0.8);
  expect(meanOf(agents, 'new', { workspace: 'u' })).toBe(0.8);
});

const arbitraryAgents = fc
  .array(fc.tuple(fc.constantFrom('poet', 'coder'), fc.nat(40), fc.nat(40)), { maxLength: 12 })
  .map((rows) => rows.map(([type, s, f], nth) => known(`agent-${nth}`, record(s, f), { type })));

test('others never lower it, nor bring it to certainty, and its own outcomes say nothing twice', () => {
  fc.assert(
    fc.property(arbitraryAgents, fc.nat(40), fc.nat(40), (agents, succeeded, failed) => {
      const mean = meanOf(agents, 'new');
      expect(mean).toBeGreaterThanOrEqual(prior.mean);
      expect(mean).toBeLessThan(1);
      const withOwn = meanOf([...agents, known('new', record(succeeded, failed))], 'new');
      expect(withOwn).toBeCloseTo(mean, 6);
    }),
  );
});
