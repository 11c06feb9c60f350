import type { EventStore } from '../../contracts/ports/event-store';
import { OrchestraError } from '../../domain/errors';
import { advanceHorizon, noHorizon } from '../../domain/events/event-horizon';
import type { EventFilter } from '../../domain/events/workspace-event';
import { EventTail } from './event-tail';
import { Subscription } from './subscription';
import type { EventSink } from './subscription';

/** Looks follow each other no faster, however often they are asked for. */
const shortestRestMs = 5;

/** Nobody tells when a transaction ends that was at work during a look. */
const restForWritersMs = 10;

/** How long the first subscriber waits for transactions that are at work. */
const mostMs = 5_000;

/** In case that nobody wakes it. */
const longestRestMs = 1_000;

export interface Wanted {
  workspace: string;
  filter: EventFilter;
  /** Number of the last event that is known; undefined for events from now on. */
  after: number | undefined;
}

/**
 * Reads what happens, once for all subscribers of this process, and hands it to them. It looks when it is woken, and at nothing while there is
 * nobody who wants to know.
 */
export class EventHub {
  private horizon = noHorizon;
  /** The last number that any event has taken. */
  private lastTaken = 0;
  /** By workspace; while somebody wants them. */
  private readonly tails = new Map<string, EventTail>();
  private readonly subscriptions = new Set<Subscription>();
  private waiting: ((error?: Error) => void)[] = [];
  private isLooking = false;
  private isWoken = false;
  private wakeUp: () => void = () => undefined;
  private isClosed = false;

  constructor(
    private readonly store: EventStore,
    private readonly onError: (error: unknown) => void,
  ) {}

  wake(): void {
    this.isWoken = true;
    this.wakeUp();
  }

  /** Throws EVENT_CURSOR_GONE. The subscription begins with its `follow`. */
  async subscribe({ workspace, filter, after }: Wanted, sink: EventSink): Promise<Subscription> {
    if (this.isClosed) throw new OrchestraError('SERVER_UNAVAILABLE', 'The API is closing. Try again in a moment.');
    const tail = this.tails.get(workspace) ?? new EventTail(this.store, workspace);
    this.tails.set(workspace, tail);
    tail.users += 1;
    try {
      // What was committed before somebody subscribed is not new to him; all else is.
      await this.look();
      if (after !== undefined) await this.requireKnown(workspace, after, filter);
      const subscription: Subscription = new Subscription(this.store, tail, filter, after ?? tail.cursor, sink, () => {
        this.subscriptions.delete(subscription);
        this.leave(tail);
      });
      this.subscriptions.add(subscription);
      return subscription;
    } catch (error) {
      this.leave(tail);
      throw error;
    }
  }

  /** Lets all go, with word to come again. */
  close(): void {
    this.isClosed = true;
    for (const subscription of [...this.subscriptions]) subscription.end('closing');
    this.wake();
  }

  private leave(tail: EventTail): void {
    tail.users -= 1;
    if (tail.users === 0) this.tails.delete(tail.workspace);
  }

  private async requireKnown(workspace: string, after: number, { sessions }: EventFilter): Promise<void> {
    if (after > this.lastTaken) {
      throw gone('was never given by this installation');
    }
    // Events of sessions are not deleted: one can be followed from its beginning, however old it is.
    if (sessions.length === 0 && after < (await this.store.floor(workspace))) {
      throw gone('is too old: events after it have been deleted');
    }
  }

  /** Resolves after a look that began later than this. */
  private look(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push((error) => (error === undefined ? resolve() : reject(error)));
      this.wake();
      if (!this.isLooking) void this.keepLooking();
    });
  }

  private async keepLooking(): Promise<void> {
    this.isLooking = true;
    // What it was when somebody was last there says nothing of now.
    this.horizon = noHorizon;
    while (this.tails.size > 0 && !this.isClosed) {
      this.isWoken = false;
      const waiting = this.waiting;
      this.waiting = [];
      const failure = await this.lookOnce().then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
      );
      for (const tell of waiting) tell(failure);
      if (failure !== undefined) this.onError(failure);
      if (this.isWoken) await this.rest(shortestRestMs);
      else if (failure === undefined && this.horizon.pending.length > 0) await this.rest(restForWritersMs);
      else await this.restUntilWoken();
    }
    this.isLooking = false;
    for (const tell of this.waiting.splice(0))
      tell(new OrchestraError('SERVER_UNAVAILABLE', 'The API is closing. Try again in a moment.'));
  }

  private async lookOnce(): Promise<void> {
    await this.advance();
    const startedAt = performance.now();
    // Nobody knows yet where "from now on" begins.
    while (this.horizon.upTo === 0 && this.horizon.pending.length > 0) {
      if (performance.now() - startedAt > mostMs) throw busy();
      await this.rest(restForWritersMs);
      await this.advance();
    }
    await Promise.all([...this.tails.values()].map((tail) => tail.readUpTo(this.horizon.upTo)));
  }

  private async advance(): Promise<void> {
    const seen = await this.store.numbers();
    this.lastTaken = seen.last;
    this.horizon = advanceHorizon(this.horizon, seen);
  }

  private rest(ms: number): Promise<void> {
    return new Promise((resolve) => void setTimeout(resolve, ms));
  }

  private async restUntilWoken(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, longestRestMs);
      this.wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wakeUp = () => undefined;
  }
}

function busy(): OrchestraError {
  return new OrchestraError(
    'SERVER_UNAVAILABLE',
    'A transaction that has written events is still open in the database, so nobody can say where they end. Try again in a moment.',
  );
}

function gone(why: string): OrchestraError {
  return new OrchestraError(
    'EVENT_CURSOR_GONE',
    `The cursor ${why}. Read what you follow anew, and subscribe without a cursor for events from now on.`,
  );
}
