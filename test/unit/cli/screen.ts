import type { Output } from '../../../src/cli/ports';

/** A terminal without scrolling that understands what the live region writes, and nothing else. */
export class Screen implements Output {
  readonly isTerminal = true;
  readonly hasColours = false;
  private readonly lines: string[][] = [[]];
  private row = 0;
  private column = 0;
  private wraps = true;

  constructor(private readonly dimensions = { columns: 40, rows: 10 }) {}

  size(): { columns: number; rows: number } {
    return this.dimensions;
  }

  async write(text: string): Promise<void> {
    for (const [token] of text.matchAll(/\p{Cc}\[\??\d*[a-zA-Z]|[^]/gu)) this.take(token);
  }

  failure(): undefined {
    return undefined;
  }

  /** Without empty lines at the end. */
  text(): string[] {
    const shown = this.lines.map((line) => Array.from(line, (character) => character ?? ' ').join(''));
    while (shown.at(-1) === '') shown.pop();
    return shown;
  }

  private take(token: string): void {
    const up = /\[(\d+)A$/.exec(token)?.[1];
    if (up !== undefined) this.row = Math.max(0, this.row - Number(up));
    else if (token.endsWith('[?7l')) this.wraps = false;
    else if (token.endsWith('[?7h')) this.wraps = true;
    else if (token.endsWith('[K')) this.line().length = this.column;
    else if (token.endsWith('[J')) {
      this.line().length = this.column;
      this.lines.length = this.row + 1;
    } else if (token === '\r') this.column = 0;
    else if (token === '\n') {
      this.row++;
      this.column = 0;
    } else if (token.length > 1) throw new Error(`the screen does not know ${JSON.stringify(token)}`);
    else this.put(token);
  }

  private put(character: string): void {
    if (this.column >= this.dimensions.columns) {
      if (!this.wraps) return;
      this.row++;
      this.column = 0;
    }
    this.line()[this.column++] = character;
  }

  private line(): string[] {
    while (this.lines.length <= this.row) this.lines.push([]);
    return this.lines[this.row] ?? [];
  }
}
