import fc from 'fast-check';
import { proficiencyStep } from '../../../src/domain/learning/proficiency';

const record = (succeeded: number, failed: number) => ({
  succeeded,
  failed,
  logDurationSum: 0,
  logDurationSquareSum: 0,
});

it('moves from what is declared to what is shown, the more the more is shown', () => {
  const declared = { declared: 1, current: 1 };
  expect(proficiencyStep('x', declared, record(0, 1))?.to).toBe(0.91);
  expect(proficiencyStep('x', declared, record(0, 10))?.to).toBe(0.5);
  expect(proficiencyStep('x', declared, record(0, 90))?.to).toBe(0.1);
  expect(proficiencyStep('x', { declared: 0.2, current: 0.2 }, record(10, 0))?.to).toBe(0.6);
});

it('takes no small steps, and steps on from where it is', () => {
  expect(proficiencyStep('x', { declared: 0.8, current: 0.8 }, record(8, 2))).toBeUndefined();
  expect(proficiencyStep('x', { declared: 1, current: 0.55 }, record(0, 10))).toMatchObject({ from: 0.55, to: 0.5 });
});

it('never leaves the interval from 0 to 1', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const weight = fc.double({ min: 0, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(share, share, weight, weight, (declared, current, succeeded, failed) => {
      const step = proficiencyStep('x', { declared, current }, record(succeeded, failed));
      expect(step === undefined || (step.to >= 0 && step.to <= 1 && step.from === current)).toBe(true);
    }),
  );
});
