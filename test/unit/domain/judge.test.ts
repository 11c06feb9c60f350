import fc from 'fast-check';
import type { Evidence } from '../../../src/domain/evidence';
import { judge } from '../../../src/domain/judge';
import type { GateResult } from '../../../src/domain/judge';

type Says = Evidence['says'];

const pieces = (...says: Says[]): Evidence[] =>
  says.map((one, index) => ({ kind: `kind-${index}`, says: one, detail: `detail ${index}` }));

const gate = (passed: boolean, onFailure: 'retry' | 'fail' = 'retry', detail?: string): GateResult => ({
  gate: { check: 'output.failed == 0', onFailure },
  passed,
  ...(detail === undefined ? {} : { detail }),
});

test.each<[Says[], string]>([
  [['succeeded'], 'succeeded'],
  [['succeeded', 'succeeded'], 'succeeded'],
  [[], 'failed'],
  [['failed'], 'failed'],
  [['failed', 'failed'], 'failed'],
  [['rate_limited'], 'rate_limited'],
  [['failed', 'rate_limited'], 'rate_limited'],
  [['timed_out'], 'timed_out'],
  [['failed', 'timed_out'], 'timed_out'],
  [['timed_out', 'rate_limited'], 'rate_limited'],
  [['succeeded', 'failed'], 'contradictory'],
  [['succeeded', 'rate_limited'], 'contradictory'],
  [['timed_out', 'succeeded', 'failed'], 'contradictory'],
])('evidence %j comes to %s', (says, verdict) => {
  expect(judge({ evidence: pieces(...says) }).verdict).toBe(verdict);
});

test('no evidence at all is a failure that says so', () => {
  expect(judge({ evidence: [] })).toMatchObject({ retryable: true, error: expect.stringContaining('no evidence') });
});

test('a contradiction names both sides, says what the report says, and may be tried again', () => {
  const evidence: Evidence[] = [
    { kind: 'exit-code', says: 'succeeded', detail: 'exit 0' },
    { kind: 'output-format', says: 'failed', detail: 'stdout is not JSON' },
  ];
  const { error, retryable } = judge({ evidence, error: 'Print JSON.' });
  expect(error).toContain('exit-code says succeeded (exit 0)');
  expect(error).toContain('output-format says failed (stdout is not JSON)');
  expect(error).toContain('Print JSON.');
  expect(retryable).toBe(true);
});

test('a report that rules out a retry is believed', () => {
  expect(judge({ evidence: pieces('failed'), retryable: false }).retryable).toBe(false);
  expect(judge({ evidence: pieces('failed', 'succeeded'), retryable: false }).retryable).toBe(false);
  expect(judge({ evidence: pieces('succeeded'), retryable: false }, gate(false)).retryable).toBe(false);
});

test('a failure without a text of its own tells its evidence', () => {
  expect(judge({ evidence: pieces('failed', 'rate_limited') }).error).toBe('kind-0: detail 0; kind-1: detail 1');
});

describe('a gate', () => {
  test('that passes is one more piece of evidence of success', () => {
    expect(judge({ evidence: pieces('succeeded') }, gate(true))).toEqual({
      verdict: 'succeeded',
      retryable: false,
      error: null,
      evidence: [...pieces('succeeded'), { kind: 'gate', says: 'succeeded', detail: 'output.failed == 0' }],
    });
  });

  test('that does not pass makes a failure, not a contradiction, and names its check', () => {
    const judgement = judge({ evidence: pieces('succeeded') }, gate(false, 'retry', 'output.failed is missing'));
    expect(judgement).toMatchObject({ verdict: 'failed', retryable: true });
    expect(judgement.error).toBe('The gate did not pass: output.failed == 0 (output.failed is missing)');
    expect(judgement.evidence.at(-1)).toEqual({ kind: 'gate', says: 'failed', detail: 'output.failed == 0' });
  });

  test('decides whether its failure is tried again', () => {
    expect(judge({ evidence: pieces('succeeded') }, gate(false, 'fail')).retryable).toBe(false);
  });
});

describe('for all evidence', () => {
  const evidenceOf = fc.array(
    fc.record({
      kind: fc.string(),
      says: fc.constantFrom<Says>('succeeded', 'failed', 'rate_limited', 'timed_out'),
      detail: fc.string({ maxLength: 3_000 }),
    }),
    { maxLength: 6 },
  );
  const reportOf = fc.record(
    { evidence: evidenceOf, retryable: fc.boolean(), error: fc.string({ maxLength: 5_000 }) },
    { requiredKeys: ['evidence'] },
  );
  const gateOf = fc.option(
    fc.record({
      gate: fc.record({
        check: fc.string({ maxLength: 5_000 }),
        onFailure: fc.constantFrom<'retry' | 'fail'>('retry', 'fail'),
      }),
      passed: fc.boolean(),
    }),
    { nil: undefined },
  );

  test('success needs some evidence, all of it in agreement, and the gate', () => {
    fc.assert(
      fc.property(reportOf, gateOf, (report, result) => {
        const agrees = report.evidence.length > 0 && report.evidence.every(({ says }) => says === 'succeeded');
        const { verdict, error, retryable } = judge(report, result);
        expect(verdict === 'succeeded').toBe(agrees && (result?.passed ?? true));
        expect(error === null).toBe(verdict === 'succeeded');
        if (verdict === 'succeeded') expect(retryable).toBe(false);
      }),
    );
  });

  test('contradictory means just that the report speaks for success and against it', () => {
    fc.assert(
      fc.property(reportOf, gateOf, (report, result) => {
        const says = new Set(report.evidence.map((piece) => piece.says));
        expect(judge(report, result).verdict === 'contradictory').toBe(says.has('succeeded') && says.size > 1);
      }),
    );
  });

  test('the order of the evidence does not matter, and more evidence never makes a success', () => {
    fc.assert(
      fc.property(reportOf, gateOf, (report, result) => {
        const { verdict } = judge(report, result);
        expect(judge({ ...report, evidence: report.evidence.toReversed() }, result).verdict).toBe(verdict);
        const doubted = { ...report, evidence: [...report.evidence, ...pieces('failed')] };
        expect(judge(doubted, result).verdict).not.toBe('succeeded');
      }),
    );
  });

  test('an error has at most 2,000 characters', () => {
    fc.assert(
      fc.property(reportOf, gateOf, (report, result) => {
        expect(judge(report, result).error?.length ?? 0).toBeLessThanOrEqual(2_000);
      }),
    );
  });
});
