import { databaseJson } from '../../../src/stores/database-text';

const replaced = '\ufffd';

it.each([
  ['a NUL', 'a\0b', `a${replaced}b`],
  ['the first half of a surrogate pair', 'a\ud83d', `a${replaced}`],
  ['the second half of one', '\udc00b', `${replaced}b`],
  ['a whole pair', '😀', '😀'],
  ['the words of an escape', '\\u0000 and \\ud83d', '\\u0000 and \\ud83d'],
  ['letters of other scripts', 'é 漢', 'é 漢'],
])('writes %s as PostgreSQL takes it', (_, text, written) => {
  expect(JSON.parse(databaseJson({ text, list: [text] }))).toEqual({ text: written, list: [written] });
});
