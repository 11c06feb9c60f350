import { Readable } from 'node:stream';
import { resumeFrame } from './event-frame';
import type { ResumeReason } from './event-frame';
import type { EventSink } from './subscription';

/** Who does not even read the last word is not waited for. */
const lastWordMs = 5_000;

/** Where a page of what was missed is followed by the next one. */
const lowBytes = 64 * 1024;

/** The body of an answer that goes on. It never keeps the writer waiting: that it is full has to be asked. */
export class SseStream implements EventSink {
  readonly readable: Readable;
  private isEnded = false;
  private hasBeenRead = true;
  private whenRead: (() => void)[] = [];

  /** `maxBytes` may wait for the reader. */
  constructor(private readonly maxBytes: number) {
    this.readable = new Readable({ highWaterMark: lowBytes, read: () => this.wasRead() });
    this.readable.once('close', () => {
      this.isEnded = true;
      this.wasRead();
    });
  }

  write(text: string): void {
    if (!this.isEnded) this.readable.push(text);
  }

  /** Whether something waits, and nothing was read since this was last asked. */
  isStalled(): boolean {
    const { hasBeenRead } = this;
    this.hasBeenRead = false;
    return !hasBeenRead && this.readable.readableLength > 0;
  }

  isFull(): boolean {
    return this.readable.readableLength > this.maxBytes;
  }

  async drained(): Promise<void> {
    while (!this.isEnded && this.readable.readableLength > lowBytes) {
      await new Promise<void>((resolve) => this.whenRead.push(resolve));
    }
  }

  end(cursor: number, reason: ResumeReason): void {
    if (this.isEnded) return;
    this.readable.push(resumeFrame(cursor, reason));
    this.readable.push(null);
    this.isEnded = true;
    this.wasRead();
    const timer = setTimeout(() => this.readable.destroy(), lastWordMs);
    timer.unref();
    this.readable.once('close', () => clearTimeout(timer));
  }

  private wasRead(): void {
    this.hasBeenRead = true;
    for (const tell of this.whenRead.splice(0)) tell();
  }
}
