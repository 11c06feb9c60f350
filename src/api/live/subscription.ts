import type { EventStore } from '../../contracts/ports/event-store';
import { isWanted } from '../../domain/events/workspace-event';
import type { EventFilter } from '../../domain/events/workspace-event';
import { frameOf } from './event-frame';
import type { ResumeReason } from './event-frame';
import type { EventTail, Listener } from './event-tail';

const pageLimit = 500;

/** Where events go to. */
export interface EventSink {
  write(text: string): void;
  /** Whether more waits to be read than should. */
  isFull(): boolean;
  /** Resolves when most of what was written has been read, or nobody reads any more. */
  drained(): Promise<void>;
  /** The last thing that is written: from where to go on, and why. */
  end(cursor: number, reason: ResumeReason): void;
}

/** One who wants events: first what he missed, at the pace at which he reads; then what happens, as soon as it has. */
export class Subscription {
  private isOver = false;

  constructor(
    private readonly store: EventStore,
    private readonly tail: EventTail,
    private readonly filter: EventFilter,
    /** Number of the last event that was written, or was not wanted. */
    public cursor: number,
    private readonly sink: EventSink,
    private readonly leave: () => void,
  ) {}

  async follow(): Promise<void> {
    try {
      while (!this.isOver) {
        const upTo = this.tail.cursor;
        if (this.cursor >= upTo) return void this.tail.listeners.add(this.listen);
        await this.catchUp(upTo);
      }
    } catch (error) {
      this.end('failed');
      throw error;
    }
  }

  /** Once; nothing is written after it. */
  end(reason: ResumeReason): void {
    if (this.isOver) return;
    this.sink.end(this.cursor, reason);
    this.stop();
  }

  /** Nobody reads any more. */
  stop(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.tail.listeners.delete(this.listen);
    this.leave();
  }

  private async catchUp(upTo: number): Promise<void> {
    const { workspace } = this.tail;
    const events = await this.store.read(workspace, {
      after: this.cursor,
      upTo,
      limit: pageLimit,
      filter: this.filter,
    });
    if (this.isOver) return;
    if (events.length > 0) this.sink.write(events.map(frameOf).join(''));
    this.cursor = events.length < pageLimit ? upTo : (events.at(-1)?.nr ?? upTo);
    await this.sink.drained();
  }

  private readonly listen: Listener = (events) => {
    // What another process had given already.
    const wanted = events.filter(({ event }) => event.nr > this.cursor && isWanted(this.filter, event));
    if (wanted.length > 0 && this.sink.isFull()) return this.end('slow');
    if (wanted.length > 0) this.sink.write(wanted.map(({ frame }) => frame).join(''));
    this.cursor = Math.max(this.cursor, this.tail.cursor);
  };
}
