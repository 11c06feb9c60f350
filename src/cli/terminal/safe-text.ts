import { stripVTControlCharacters } from 'node:util';

/** What moves the cursor, changes the direction of writing, or cannot be seen. */
const unprintable = /[\p{Cc}\p{Cs}\p{Co}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/** Text of agents and plans, made harmless for a terminal: it keeps its line feeds, and its tabs as spaces. */
export function safeText(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll('\t', '  ')
    .replace(unprintable, (character) => (character === '\n' ? character : ''));
}

/** The same on one line: runs of white space become one space. */
export function safeLine(text: string): string {
  return safeText(text.replace(/\s+/gu, ' ')).trim();
}
