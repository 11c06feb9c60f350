import { stripVTControlCharacters } from 'node:util';

const defaultLimitBytes = 8 * 1024;
const lineFeed = 0x0a;

export interface StderrTail {
  push(chunk: Buffer): void;
  /** The last whole lines, without colours and control characters; the end of the last one where it is longer than the limit. */
  text(): string;
}

/** Keeps the last `limitBytes` of a stream, 8 KiB by default. */
export function createStderrTail(limitBytes: number = defaultLimitBytes): StderrTail {
  let tail = Buffer.alloc(0);
  let isCut = false;
  return {
    push(chunk) {
      const all = Buffer.concat([tail, chunk]);
      isCut ||= all.length > limitBytes;
      // One byte more tells whether the cut falls on a line end; and a copy, since a slice would keep the whole chunk alive.
      tail = Buffer.from(all.subarray(Math.max(0, all.length - limitBytes - 1)));
    },
    text() {
      const firstNewline = tail.indexOf(lineFeed);
      const hasWholeLine = firstNewline !== -1 && firstNewline < tail.length - 1;
      const whole = isCut ? tail.subarray(hasWholeLine ? firstNewline + 1 : 1) : tail;
      return clean(whole.toString('utf8'));
    },
  };
}

function clean(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\r\n?/g, '\n')
    .replace(/(?![\n\t])\p{Cc}/gu, '')
    .trim();
}
