/**
 * The words of a command line: separated by spaces, kept together by quotes, `\` before a character that is meant as it is. Nothing else of a shell.
 * Undefined where a quote is not closed.
 */
export function splitWords(line: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < line.length; at++) {
    const character = line[at] ?? '';
    const isEscape = character === '\\' && quote !== "'" && at + 1 < line.length;
    if (isEscape) word = (word ?? '') + (line[++at] ?? '');
    else if (quote !== '') {
      if (character === quote) quote = '';
      else word += character;
    } else if (character === "'" || character === '"') {
      quote = character;
      word ??= '';
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + character;
  }
  if (quote !== '') return undefined;
  return word === undefined ? words : [...words, word];
}
