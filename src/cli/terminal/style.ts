const codes = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

/** Marks text for a terminal; without colours it leaves the text as it is. Mark last: marked text cannot be measured. */
export type Style = Record<keyof typeof codes, (text: string) => string>;

export function createStyle(hasColours: boolean): Style {
  const mark = (name: keyof typeof codes) => {
    const [on, off] = codes[name];
    return (text: string): string => (hasColours && text !== '' ? `\u001b[${on}m${text}\u001b[${off}m` : text);
  };
  return {
    bold: mark('bold'),
    dim: mark('dim'),
    red: mark('red'),
    green: mark('green'),
    yellow: mark('yellow'),
    cyan: mark('cyan'),
  };
}
