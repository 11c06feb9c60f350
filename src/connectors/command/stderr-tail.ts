import { stripVTControlCharacters } from 'node:util';
import { ellipsis } from '../../domain/clip-text';

const defaultLimitBytes = 8 * 1024;
const lineFeed = 0x0a;

export interface StderrTail {
  push(chunk: Buffer): void;
  /** The last whole lines, without colours and control characters; the end of the last one, behind an ellipsis, where it is longer than the limit. */
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
      if (!isCut) return clean(tail.toString('utf8'));
      if (hasWholeLine) return clean(tail.subarray(firstNewline + 1).toString('utf8'));
      // The cut may have gone through a character.
      const end = clean(tail.subarray(1).toString('utf8')).replace(/^\uFFFD+/, '');
      return end === '' ? '' : ellipsis + end;
    },
  };
}

function clean(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\r\n?/g, '\n')
    .replace(/(?![\n\t])\p{Cc}/gu, '')
    .trim();
}
