import { displayWidth, padWidth } from './display-width';

/** Rows as aligned columns, two spaces apart; the last column is not filled up. */
export function formatTable(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, displayWidth(cell))));
  return rows.map((row) =>
    row
      .map((cell, at) => (at === row.length - 1 ? cell : padWidth(cell, widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
