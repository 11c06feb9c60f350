import fc from 'fast-check';
import { chooseModel } from '../../../src/domain/models/choose-model';
import type { ModelCandidate, ModelInputs } from '../../../src/domain/models/choose-model';
import { modelWords } from '../../../src/domain/models/model-words';
import { emptyRecord } from '../../../src/domain/learning/record-sums';

const expected = { mean: 0.8, weight: 5 };

const model = (name: string, cost: number | null, [succeeded, failed]: [number, number] = [0, 0]): ModelCandidate => ({
  name,
  cost,
  record: { ...emptyRecord, succeeded, failed },
});

const of = (...candidates: ModelCandidate[]): ModelInputs => ({
  candidates,
  costsAre: 'measured',
  atLeast: 0.8,
  confidence: 0.8,
});

test('the cheapest model that is known to succeed often enough is chosen, however good the dearer ones are', () => {
  const inputs = of(model('opus', 0.2, [50, 0]), model('haiku', 0.01, [20, 20]), model('sonnet', 0.04, [30, 2]));
  const choice = chooseModel(inputs, expected);
  expect(choice).toMatchObject({ name: 'sonnet', reason: 'meets', cost: 0.04 });
  expect(choice.successRate).toBeCloseTo(34 / 37);
  expect(choice.certainty).toBeGreaterThan(0.9);
});

test('a good rate after few attempts is not known yet', () => {
  const few = chooseModel(of(model('haiku', 0.01, [1, 0]), model('opus', 0.2, [30, 0])), expected);
  expect(few.name).toBe('opus');
  const more = chooseModel(of(model('haiku', 0.01, [4, 0]), model('opus', 0.2, [30, 0])), expected);
  expect(more.name).toBe('haiku');
});

test('where none is known to meet the floor, the one that succeeds most often is taken, and of equals the cheaper', () => {
  const bad = of(model('haiku', 0.01, [2, 30]), model('opus', 0.2, [20, 12]));
  expect(chooseModel(bad, expected)).toMatchObject({ name: 'opus', reason: 'best' });
  const unknown = of(model('opus', 0.2), model('haiku', 0.01));
  expect(chooseModel(unknown, expected)).toMatchObject({ name: 'haiku', reason: 'best' });
});

test('a model of which nobody knows the cost counts as the dearest', () => {
  const inputs = of(model('local', null, [50, 0]), model('opus', 0.2, [50, 0]));
  expect(chooseModel(inputs, expected).name).toBe('opus');
});

test('what else is known of a model stands in for the prior of the workspace', () => {
  const haiku = { ...model('haiku', 0.01), prior: { mean: 0.98, weight: 5 } };
  expect(chooseModel(of(haiku, model('opus', 0.2, [50, 0])), expected).name).toBe('haiku');
});

test('an attempt that may explore tries a cheaper model that may be good enough, and says in whose place', () => {
  const inputs = of(model('haiku', 0.01, [2, 1]), model('opus', 0.2, [30, 0]));
  const tried = Array.from({ length: 200 }, (_, seed) => chooseModel(inputs, expected, String(seed))).filter(
    ({ reason }) => reason === 'tried',
  );
  expect(tried[0]).toMatchObject({ name: 'haiku', insteadOf: 'opus' });
  expect(tried.length).toBeGreaterThan(40);
  const hopeless = of(model('haiku', 0.01, [3, 40]), model('opus', 0.2, [30, 0]));
  const choices = Array.from({ length: 200 }, (_, seed) => chooseModel(hopeless, expected, String(seed)).name);
  expect(new Set(choices)).toEqual(new Set(['opus']));
});

const count = fc.integer({ min: 0, max: 60 });
const arbitraryInputs: fc.Arbitrary<ModelInputs> = fc.record({
  candidates: fc
    .array(fc.tuple(fc.option(fc.double({ min: 0, max: 1, noNaN: true })), count, count), {
      minLength: 1,
      maxLength: 6,
    })
    .map((models) => models.map(([cost, good, bad], at) => model(`m${at}`, cost, [good, bad]))),
  costsAre: fc.constant('measured'),
  atLeast: fc.double({ min: 0, max: 1, noNaN: true }),
  confidence: fc.double({ min: 0, max: 1, noNaN: true }),
});

test('never is a dearer model taken where a cheaper one is known to meet the floor, also when it explores', () => {
  fc.assert(
    fc.property(arbitraryInputs, fc.option(fc.string(), { nil: undefined }), (inputs, draw) => {
      const choice = chooseModel(inputs, expected, draw);
      const costOf = (cost: number | null): number => cost ?? Infinity;
      const known = inputs.candidates.filter(
        (candidate) =>
          chooseModel({ ...inputs, candidates: [candidate] }, expected).reason === 'meets' &&
          costOf(candidate.cost) < costOf(choice.cost),
      );
      expect(known).toEqual([]);
      expect(chooseModel(inputs, expected, draw)).toEqual(choice);
    }),
  );
});

test('the words say which model it is, what is known of it, and what was asked for', () => {
  const inputs = of(model('haiku', 0.01, [40, 1]), model('opus', 0.2, [30, 0]));
  expect(modelWords(chooseModel(inputs, expected), inputs)).toBe(
    'haiku is the cheapest of 2 models that is known to succeed often enough: in 0.96 of its attempts after 41 outcomes; 0.80 are asked for, that it does is 100% sure, and 80% must be. About $0.0100 an attempt.',
  );
  const bad: ModelInputs = { ...of(model('haiku', 2, [2, 30])), costsAre: 'prices' };
  expect(modelWords(chooseModel(bad, expected), bad)).toMatch(
    /^haiku succeeds most often of 1 model, of which none is known .* About \$2\.00 for a million tokens\.$/,
  );
  const tried = { ...chooseModel(inputs, expected), reason: 'tried' as const, insteadOf: 'opus', cost: null };
  expect(modelWords(tried, inputs)).toMatch(
    /^haiku is tried, to learn .* Without a try it would be opus\. Nobody knows what it costs\.$/,
  );
});
