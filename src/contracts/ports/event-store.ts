import type { NumbersSeen } from '../../domain/events/event-horizon';
import type { EventFilter, WorkspaceEvent } from '../../domain/events/workspace-event';

/** All that can be streamed, in one order for each workspace. */
export interface EventStore {
  /** To be seen before what is read up to its number is read. */
  numbers(): Promise<NumbersSeen>;
  /** Events with numbers above `after`, up to `upTo`, in order; fewer than `limit` only where there are no more. */
  read(workspace: string, page: EventPage): Promise<WorkspaceEvent[]>;
  /** The number of the workspace's last event up to `upTo`; 0 where there is none. */
  lastUpTo(workspace: string, upTo: number): Promise<number>;
  /** The number of the last event that was deleted; 0 where none was. */
  floor(workspace: string): Promise<number>;
}

export interface EventPage {
  after: number;
  upTo: number;
  limit: number;
  filter: EventFilter;
}
