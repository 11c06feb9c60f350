import type { AgentRecord } from '../../../src/domain/agents/agent';
import { activityKey } from '../../../src/domain/learning/belief';
import { emptyRecord } from '../../../src/domain/learning/record-sums';
import { modelCandidates } from '../../../src/domain/models/model-candidates';
import type { KnownModels } from '../../../src/domain/models/model-candidates';
import type { ModelOption } from '../../../src/domain/models/model-option';

const expected = { mean: 0.8, weight: 5 };
const activity = { capability: 'code', taskType: 'bug-fix' };
const prices = { small: { inputUsd: 1, outputUsd: 5 }, large: { inputUsd: 4, outputUsd: 20 } };

const record = (succeeded: number, failed: number, cost?: AgentRecord['cost']): AgentRecord => ({
  ...emptyRecord,
  succeeded,
  failed,
  ...(cost && { cost }),
});

const candidates = (options: ModelOption[], known: KnownModels = {}) =>
  modelCandidates(options, known, { activity, expected, prices });

test('models that nobody has used are compared by their prices, those that the owner states first', () => {
  const own = { name: 'mine', price: { inputUsd: 1, outputUsd: 1 } };
  expect(candidates([{ name: 'vendor/large-20250929' }, { name: 'small' }, own, { name: 'unheard-of' }])).toEqual({
    costsAre: 'prices',
    candidates: [
      { name: 'vendor/large-20250929', record: emptyRecord, cost: 8 },
      { name: 'small', record: emptyRecord, cost: 2 },
      { name: 'mine', record: emptyRecord, cost: 1 },
      { name: 'unheard-of', record: emptyRecord, cost: null },
    ],
  });
});

test('what attempts did cost goes before prices, and tells what the others would', () => {
  const known = new Map([['small', { record: record(3, 0, { count: 3, sumUsd: 0.3 }) }]]);
  const { candidates: found, costsAre } = candidates([{ name: 'large' }, { name: 'small' }], { modelRecords: known });
  expect(costsAre).toBe('measured');
  expect(found.map(({ cost }) => cost)).toEqual([expect.closeTo(0.4), expect.closeTo(0.1)]);
});

test('what is believed of a model goes from other agents through the agent to the kind of task, and counts no outcome twice', () => {
  const ofAgent = {
    record: record(10, 10),
    records: new Map([
      [activityKey({ capability: 'code' }), record(10, 4)],
      [activityKey(activity), record(7, 1)],
    ]),
  };
  const known = {
    modelRecords: new Map([['small', ofAgent]]),
    ofModels: new Map([['small', record(30, 10)]]),
  };
  const [small] = candidates([{ name: 'small' }], known).candidates;
  const others = (4 + 20) / (5 + 20);
  const elsewhere = (5 * others + 0) / (5 + 6);
  const ofCapability = (5 * elsewhere + 3) / (5 + 6);
  expect(small?.record).toEqual(record(7, 1));
  expect(small?.prior?.mean).toBeCloseTo(ofCapability);
});
