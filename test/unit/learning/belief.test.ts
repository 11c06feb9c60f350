import type { AgentRecord } from '../../../src/domain/agents/agent';
import { activityKey, beliefOf } from '../../../src/domain/learning/belief';
import type { Activity, KnownRecords } from '../../../src/domain/learning/belief';
import { smoothedSuccessRate } from '../../../src/domain/learning/measured';
import { emptyRecord } from '../../../src/domain/learning/record-sums';

const expected = { mean: 0.8, weight: 5 };
const record = (succeeded: number, failed: number): AgentRecord => ({ ...emptyRecord, succeeded, failed });
const parts = (...of: [Activity, AgentRecord][]) => new Map(of.map(([activity, one]) => [activityKey(activity), one]));

function successRate(known: KnownRecords, activity: Activity): number {
  const belief = beliefOf(known, activity, expected);
  return smoothedSuccessRate(belief.record, belief.prior ?? expected);
}

const write = { capability: 'write' };

test('where nothing is known in parts, the whole record is what is believed', () => {
  expect(beliefOf({ record: record(9, 1) }, write, expected)).toEqual({ record: record(9, 1) });
});

test('what an agent did elsewhere is expected of it where it has done nothing yet, and weighs five outcomes', () => {
  const known = { record: record(100, 0), records: parts([{ capability: 'review' }, record(100, 0)]) };
  const { prior } = beliefOf(known, write, expected);
  expect(prior).toEqual({ mean: 104 / 105, weight: 5 });
  const failedAtIt = { record: record(100, 5), records: parts([write, record(0, 5)]) };
  expect(successRate(failedAtIt, write)).toBeCloseTo(104 / 105 / 2);
});

test('its own outcomes are not counted again at the wider level', () => {
  const known = { record: record(0, 5), records: parts([write, record(0, 5)]) };
  expect(beliefOf(known, write, expected).prior).toBeUndefined();
  expect(successRate(known, write)).toBeCloseTo(0.4);
});

test('a type of task is expected to go as the other types of its capability', () => {
  const fix = { capability: 'write', taskType: 'fix' };
  const known = {
    record: record(50, 50),
    records: parts([write, record(10, 30)], [fix, record(10, 0)]),
  };
  const ofAgent = (4 + 40) / (5 + 60);
  const ofCapability = (5 * ofAgent + 0) / (5 + 30);
  expect(beliefOf(known, fix, expected).prior?.mean).toBeCloseTo(ofCapability);
  expect(successRate(known, fix)).toBeCloseTo((5 * ofCapability + 10) / 15);
  expect(successRate(known, { taskType: 'fix' })).toBeCloseTo((4 + 50) / (5 + 100));
});

test('what its own workspace lends is what is expected of it before anything is known here, and weighs five outcomes', () => {
  const lent = { record: record(10, 90), records: parts([write, record(10, 90)]) };
  expect(successRate({ record: emptyRecord, lent }, write)).toBeCloseTo(14 / 105);
  const own = { record: record(5, 0), records: parts([write, record(5, 0)]) };
  expect(successRate({ ...own, lent }, write)).toBeCloseTo((5 * (14 / 105) + 5) / 10);
  expect(beliefOf({ ...own, lent }, write, expected).record).toEqual(record(5, 0));
});

test('durations that are lent count until its own are known', () => {
  const lent = { record: record(7, 0) };
  expect(beliefOf({ record: record(1, 0), lent }, write, expected).timing).toEqual(record(7, 0));
  expect(beliefOf({ record: record(4, 0), lent }, write, expected).timing).toBeUndefined();
});

test('durations come from the narrowest record that has three successes', () => {
  const fix = { capability: 'write', taskType: 'fix' };
  const known = { record: record(9, 0), records: parts([write, record(3, 0)], [fix, record(2, 7)]) };
  expect(beliefOf(known, fix, expected).timing).toEqual(record(3, 0));
  expect(beliefOf(known, write, expected).timing).toBeUndefined();
  expect(beliefOf(known, { capability: 'review' }, expected).timing).toEqual(record(9, 0));
});

test('a record that fades faster than its parts leaves nothing less than nothing', () => {
  const known = { record: record(3, 0), records: parts([write, record(5, 0)]) };
  expect(beliefOf(known, write, expected)).toEqual({ record: record(5, 0) });
});
