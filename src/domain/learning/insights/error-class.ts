import { clipText } from '../../clip-text';
import { fitForQuotes, harmlessText } from './harmless-text';

/** As much of an error as tells what went wrong, in UTF-16 units. */
const maxClassLength = 160;

/** Only the beginning is looked at: agents may print megabytes. */
const lookedAt = 1_000;

/** From the longest to the shortest: a path may hold numbers. */
const variable: readonly (readonly [RegExp, string])[] = [
  [/"[^"]*"|`[^`]*`|(?<!\w)'[^']*'(?!\w)|“[^”]*”/g, '"…"'],
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s"]+/gi, 'URL'],
  [/(?:\b[A-Za-z]:)?(?:[\w.@~-]*[\\/]){1,}[\w.@~-]+/g, 'PATH'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, 'ID'],
  [/\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,}\b/gi, 'ID'],
  [/\b0x[0-9a-f]+\b/gi, 'N'],
  [/[-+]?\d+(?:[.,:_]\d+)*/g, 'N'],
];

/**
 * The first line of an error without what differs from one time to the next (quoted parts, addresses, paths, hashes, numbers): equal causes are equal. It
 * is text of an agent: what it could do in a terminal or a prompt is taken out.
 */
export function errorClass(error: string): string | undefined {
  const line = error
    .slice(0, lookedAt)
    .split(/[\r\n\u2028\u2029]/)
    .map((text) => harmlessText(text))
    .find((text) => text !== '');
  if (line === undefined) return undefined;
  const same = variable.reduce((text, [pattern, sign]) => text.replace(pattern, sign), line);
  return clipText(fitForQuotes(same), maxClassLength);
}
