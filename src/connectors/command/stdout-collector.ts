import type { AttemptProgress } from '../../contracts/ports/connector';
import type { OutputFormat } from '../../domain/plan/plan';
import { parseMessageLine } from './message-line';

const lineFeed = 0x0a;
const initialCapacityBytes = 4_096;

export interface StdoutCollector {
  /** Takes the next bytes, cut anywhere. Returns false once more than the limit is kept. */
  push(chunk: Buffer): boolean;
  /** All bytes of the output, lines of progress and usage left out. Call once, after the last chunk. */
  end(): Buffer;
}

/**
 * Keeps what a program writes on stdout, and takes the lines of JSON agents about progress and usage out of it as they come. The limit counts what is
 * kept: an agent may report progress for days. It works on bytes, so that a character cut in two by a chunk stays whole.
 */
export function createStdoutCollector(options: {
  format: OutputFormat;
  limitBytes: number;
  progress: (progress: AttemptProgress) => void;
  usage: (report: object) => void;
}): StdoutCollector {
  const { format, limitBytes, progress, usage } = options;
  // One growing buffer: an output of a million short lines would cost many times its size as a list of them.
  let kept = Buffer.alloc(initialCapacityBytes);
  let length = 0;
  let lineStart = 0;

  function append(bytes: Buffer): void {
    if (length + bytes.length > kept.length) {
      const grown = Buffer.alloc(Math.max(2 * kept.length, length + bytes.length));
      kept.copy(grown, 0, 0, length);
      kept = grown;
    }
    bytes.copy(kept, length);
    length += bytes.length;
  }

  function endLine(): void {
    const found = parseMessageLine(kept.subarray(lineStart, length));
    if (found === undefined) {
      lineStart = length;
    } else {
      length = lineStart;
      if (found.type === 'progress') progress(found.progress);
      else usage(found.report);
    }
  }

  function appendLines(chunk: Buffer): void {
    let start = 0;
    for (let newline = chunk.indexOf(lineFeed); newline !== -1; newline = chunk.indexOf(lineFeed, start)) {
      append(chunk.subarray(start, newline + 1));
      endLine();
      start = newline + 1;
    }
    append(chunk.subarray(start));
  }

  return {
    push(chunk) {
      if (format === 'json') appendLines(chunk);
      else append(chunk);
      return length <= limitBytes;
    },
    end() {
      if (format === 'json') endLine();
      return kept.subarray(0, length);
    },
  };
}
