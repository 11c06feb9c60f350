import type { JsonObject } from '../json';

/** Something that happened in a workspace: in one of its sessions, to one of its agents, or to its health. */
export interface WorkspaceEvent {
  /** Grows with every event of the installation; a workspace's events have gaps between them. */
  nr: number;
  type: string;
  /** Milliseconds since 1970. */
  at: number;
  session: string | null;
  /** Its place in the session's log. */
  seq: number | null;
  /** Of a task: its run. */
  run: string | null;
  attempt: number | null;
  /** Whom it is about; `workspace/name` for an agent of another workspace. */
  agent: string | null;
  data: JsonObject;
}

/** Which events somebody wants. An empty list leaves the choice open. */
export interface EventFilter {
  sessions: readonly string[];
  agents: readonly string[];
  types: readonly string[];
}

export const everyEvent: EventFilter = { sessions: [], agents: [], types: [] };

export function isWanted({ sessions, agents, types }: EventFilter, event: WorkspaceEvent): boolean {
  return takes(sessions, event.session) && takes(agents, event.agent) && takes(types, event.type);
}

function takes(chosen: readonly string[], value: string | null): boolean {
  return chosen.length === 0 || (value !== null && chosen.includes(value));
}
