import type { EventStore } from '../../contracts/ports/event-store';
import { everyEvent } from '../../domain/events/workspace-event';
import type { WorkspaceEvent } from '../../domain/events/workspace-event';
import { frameOf } from './event-frame';

const pageLimit = 1_000;

/** An event with the text that all subscribers get of it. */
export interface Framed {
  event: WorkspaceEvent;
  frame: string;
}

/** Takes the next events of the workspace, with none left out. */
export type Listener = (events: readonly Framed[]) => void;

/** The end of a workspace's events, as this process knows it. */
export class EventTail {
  /** Number of the last event that was read; never one that nobody has. */
  cursor = 0;
  /** Subscriptions that need it, whether they listen by now or not. */
  users = 0;
  readonly listeners = new Set<Listener>();
  private hasBegun = false;

  constructor(
    private readonly store: EventStore,
    readonly workspace: string,
  ) {}

  /** Hands on what is new. Not to be called again before it has ended. */
  async readUpTo(upTo: number): Promise<void> {
    if (!this.hasBegun) {
      this.cursor = await this.store.lastUpTo(this.workspace, upTo);
      this.hasBegun = true;
      return;
    }
    for (;;) {
      const events = await this.store.read(this.workspace, {
        after: this.cursor,
        upTo,
        limit: pageLimit,
        filter: everyEvent,
      });
      const framed = events.map((event) => ({ event, frame: frameOf(event) }));
      // Without a pause in between: who joins finds the cursor and has missed nothing before it.
      this.cursor = events.at(-1)?.nr ?? this.cursor;
      for (const listener of [...this.listeners]) listener(framed);
      if (events.length < pageLimit) return;
    }
  }
}
