/** The longest error that a report or an outcome carries, in UTF-16 units. */
export const maxErrorLength = 2_000;

/** Stands where a text was cut. */
export const ellipsis = '…';

/** The head of a text, at most `maxLength` UTF-16 units with the ellipsis that marks a cut; never half a surrogate pair. */
export function clipText(text: string, maxLength: number = maxErrorLength): string {
  if (text.length <= maxLength) return text;
  const head = text.slice(0, maxLength - ellipsis.length);
  return (endsInHalfAPair(head) ? head.slice(0, -1) : head) + ellipsis;
}

function endsInHalfAPair(text: string): boolean {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff;
}
