import { setTimeout as delay } from 'node:timers/promises';
import { OrchestraError } from '../domain/errors';
import { advanceHorizon, noHorizon } from '../domain/events/event-horizon';
import { everyEvent } from '../domain/events/workspace-event';
import type { EventFilter, WorkspaceEvent } from '../domain/events/workspace-event';
import type { ClientDependencies } from './client-dependencies';

const pageLimit = 500;

export interface FollowOptions {
  filter?: EventFilter;
  /** Number of the last event that is known. Default: events from now on. */
  after?: number;
  pollMs?: number;
  signal?: AbortSignal;
}

/** What happens in the workspace of the client, read from PostgreSQL. */
export class Events {
  constructor(private readonly dependencies: Pick<ClientDependencies, 'events' | 'workspace'>) {}

  /** Each event once and in order, until it is aborted. Throws EVENT_CURSOR_GONE. */
  async *follow({
    filter = everyEvent,
    after,
    pollMs = 150,
    signal,
  }: FollowOptions = {}): AsyncGenerator<WorkspaceEvent> {
    const { events, workspace } = this.dependencies;
    const seen = await events.numbers();
    let horizon = advanceHorizon(noHorizon, seen);
    // Nobody knows yet where "from now on" begins.
    while (after === undefined && horizon.pending.length > 0) {
      await delay(10, undefined, signal && { signal });
      horizon = advanceHorizon(horizon, await events.numbers());
    }
    if (after !== undefined) await this.requireKnown(after, seen.last);
    let cursor = after ?? (await events.lastUpTo(workspace, horizon.upTo));
    for (;;) {
      const found = await events.read(workspace, { after: cursor, upTo: horizon.upTo, limit: pageLimit, filter });
      for (const event of found) {
        cursor = event.nr;
        yield event;
      }
      if (found.length === pageLimit) continue;
      await delay(pollMs, undefined, signal && { signal });
      horizon = advanceHorizon(horizon, await events.numbers());
    }
  }

  private async requireKnown(after: number, last: number): Promise<void> {
    const { events, workspace } = this.dependencies;
    if (after <= last && after >= (await events.floor(workspace))) return;
    throw new OrchestraError(
      'EVENT_CURSOR_GONE',
      'The cursor is of another database, or events after it have been deleted. Begin without one, for events from now on.',
    );
  }
}
