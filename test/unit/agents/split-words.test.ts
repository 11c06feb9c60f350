import { splitWords } from '../../../src/cli/agents/split-words';

test.each([
  ['node x.mjs', ['node', 'x.mjs']],
  ['  a \t b  ', ['a', 'b']],
  [`a 'b c' "d 'e'"`, ['a', 'b c', `d 'e'`]],
  [`a"b"'c'`, ['abc']],
  [`'' ""`, ['', '']],
  ['a\\ b "c\\"d" \'e\\f\'', ['a b', 'c"d', 'e\\f']],
  ['$HOME | *', ['$HOME', '|', '*']],
  ['', []],
])('%s', (line, words) => {
  expect(splitWords(line)).toEqual(words);
});

test('an open quote has no words', () => {
  expect(splitWords(`a 'b`)).toBeUndefined();
});
