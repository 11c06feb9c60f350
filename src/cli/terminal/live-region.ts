import type { Output } from '../ports';

/** Lines at the bottom of a terminal that are drawn over and over in place. */
export interface LiveRegion {
  /** Shows these lines instead of the ones before; more lines than the terminal has, less one, cannot be redrawn. */
  draw(lines: readonly string[]): Promise<void>;
  /** Writes text that stays, above the region. */
  printAbove(text: string): Promise<void>;
  /** Leaves the lines as they are, and writes below them from now on. */
  end(): void;
}

/**
 * Long lines are cut by the terminal, not wrapped: otherwise the cursor would not find its way back. That is switched off only while a frame
 * is written, and the cursor stays visible, so that nothing has to be put right when the program is killed.
 */
export function createLiveRegion(output: Output): LiveRegion {
  let shown: readonly string[] = [];

  const back = (): string => (shown.length > 0 ? `\u001b[${shown.length}A\r` : '\r');
  const frame = (lines: readonly string[]): string =>
    `\u001b[?7l${lines.map((line) => `${line}\u001b[K\n`).join('')}\u001b[J\u001b[?7h`;

  return {
    draw: async (lines) => {
      if (lines.length === shown.length && lines.every((line, at) => line === shown[at])) return;
      const text = back() + frame(lines);
      shown = lines;
      await output.write(text);
    },
    end: () => (shown = []),
    printAbove: async (text) => {
      // Also clears what the terminal itself wrote there, like the ^C of an interrupt.
      const head = `${back()}\u001b[J${text.trimEnd()}\n`;
      await output.write(shown.length > 0 ? head + frame(shown) : head);
    },
  };
}
