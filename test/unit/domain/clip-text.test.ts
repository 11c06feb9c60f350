import { clipText } from '../../../src/domain/clip-text';

test('a text that fits stays as it is', () => {
  expect(clipText('12345', 5)).toBe('12345');
});

test('a longer text keeps its head and shows the cut', () => {
  expect(clipText('123456', 5)).toBe('1234…');
});

test('a surrogate pair is kept or left out as a whole', () => {
  expect(clipText('ab😀cd', 4)).toBe('ab…');
  expect(clipText('ab😀cd', 5)).toBe('ab😀…');
});
