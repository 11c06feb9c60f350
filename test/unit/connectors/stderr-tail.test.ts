import fc from 'fast-check';
import { createStderrTail } from '../../../src/connectors/command/stderr-tail';

function tailOf(chunks: (string | Buffer)[], limitBytes?: number): string {
  const tail = createStderrTail(limitBytes);
  for (const chunk of chunks) tail.push(Buffer.from(chunk));
  return tail.text();
}

test('a short stderr is kept as a whole', () => {
  expect(tailOf(['one\ntw', 'o\n'])).toBe('one\ntwo');
});

test('a long one keeps its last whole lines', () => {
  expect(tailOf(['first\nsecond\nthird\n'], 13)).toBe('second\nthird');
  expect(tailOf(['first\nsecond\nthird\n'], 12)).toBe('third');
});

test('a last line beyond the limit keeps its end', () => {
  expect(tailOf(['short\nabcdefghij'], 5)).toBe('…fghij');
  expect(tailOf(['abcdéfghi'], 5)).toBe('…fghi');
});

test('colours and control characters are left out', () => {
  expect(tailOf(['\u001b[31mred\u001b[0m\u0000\u0007\tplain\r\n'])).toBe('red\tplain');
});

test('the cuts between chunks never matter', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', 'bc', '\n', 'é'), { maxLength: 60 }),
      fc.integer({ min: 1, max: 20 }),
      (pieces, limit) => {
        expect(tailOf(pieces, limit)).toBe(tailOf([pieces.join('')], limit));
      },
    ),
  );
});
