import type { QueryConfig } from 'pg';

/** Deletes what was streamed a month ago, and notes up to where: who knows only what came before has missed something. */
export function deleteOldEvents(workspace: string): QueryConfig {
  return {
    text: `WITH old AS (
             DELETE FROM workspace_events WHERE workspace = $1 AND at < now() - interval '30 days' RETURNING nr
           )
           INSERT INTO event_floors (workspace, nr) SELECT $1, max(nr) FROM old HAVING count(*) > 0
           ON CONFLICT (workspace) DO UPDATE SET nr = greatest(event_floors.nr, excluded.nr)`,
    values: [workspace],
  };
}
