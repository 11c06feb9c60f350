import { compileScore, evaluateScore } from '../../../src/domain/expressions/score';

const of = (text: string, output: object | number): number =>
  evaluateScore(compileScore(text), { inputs: {}, tasks: {}, output } as never);

test('a score is a number from 0 to 1, whole or not', () => {
  expect(of('output.rate', { rate: 0.75 })).toBe(0.75);
  expect(of('double(output.passed) / double(output.all)', { passed: 3, all: 4 })).toBe(0.75);
  expect(of('output.good ? 1 : 0', { good: true })).toBe(1);
});

test('what can be no number is refused when it is read', () => {
  expect(() => compileScore('output.rate > 0.5')).toThrow(
    'the score comes to a value of type bool, not to a number from 0 to 1',
  );
  expect(() => compileScore('output.')).toThrow('score, character 8');
});

test('what comes to anything else is refused when it is worked out', () => {
  expect(() => of('output.rate', { rate: 7 })).toThrow('score "output.rate" came to the number 7, not to a number');
  expect(() => of('output.rate', { rate: true })).toThrow('came to true');
  expect(() => of('output.rate', {})).toThrow('score "output.rate"');
});
