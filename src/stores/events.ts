import type { Pool } from 'pg';
import type { EventStore } from '../contracts/ports/event-store';
import type { NumbersSeen } from '../domain/events/event-horizon';
import type { WorkspaceEvent } from '../domain/events/workspace-event';
import { milliseconds } from './milliseconds';
import { acrossWorkspaces, inWorkspace } from './scope';

export function createEventStore(pool: Pool): EventStore {
  return {
    numbers: async () => {
      const { rows } = await acrossWorkspaces(pool, 'events').query<NumbersSeen>({
        name: 'event-horizon',
        text: 'SELECT last, writers FROM event_horizon()',
      });
      return rows[0] ?? { last: 0, writers: [] };
    },

    read: async (workspace, { after, upTo, limit, filter: { sessions, agents, types } }) => {
      if (upTo <= after) return [];
      const { rows } = await inWorkspace(pool, workspace).query<WorkspaceEvent>({
        name: 'events',
        text: readText,
        values: [workspace, after, upTo, limit, chosen(sessions), chosen(agents), chosen(types)],
      });
      return rows;
    },

    lastUpTo: async (workspace, upTo) => {
      const { rows } = await inWorkspace(pool, workspace).query<{ last: number | null }>({
        name: 'last-event',
        text: `SELECT greatest(
                 (SELECT nr FROM session_events WHERE workspace = $1 AND nr <= $2 ORDER BY nr DESC LIMIT 1),
                 (SELECT nr FROM workspace_events WHERE workspace = $1 AND nr <= $2 ORDER BY nr DESC LIMIT 1)) AS last`,
        values: [workspace, upTo],
      });
      return rows[0]?.last ?? 0;
    },

    floor: async (workspace) => {
      const { rows } = await inWorkspace(pool, workspace).query<{ nr: number }>(
        'SELECT nr FROM event_floors WHERE workspace = $1',
        [workspace],
      );
      return rows[0]?.nr ?? 0;
    },
  };
}

function chosen(values: readonly string[]): readonly string[] | null {
  return values.length === 0 ? null : values;
}

// An attempt's agent stands in its lease, and what went wrong in its outcome.
const readText = `
  (SELECT log.nr, log.type, ${milliseconds('log.at')} AS at, log.session, log.seq, log.run, log.attempt, whose.agent,
          CASE WHEN outcomes.error IS NULL THEN log.data ELSE log.data || jsonb_build_object('error', outcomes.error) END AS data
   FROM session_events AS log
   LEFT JOIN leases ON log.attempt IS NOT NULL AND leases.workspace = log.workspace
     AND leases.session = log.session AND leases.run = log.run AND leases.attempt = log.attempt
   CROSS JOIN LATERAL (SELECT CASE WHEN leases.agent_workspace <> $1 THEN leases.agent_workspace || '/' || leases.agent
                                   ELSE coalesce(leases.agent, log.data ->> 'agent') END AS agent) AS whose
   LEFT JOIN outcomes ON log.type = 'attempt-ended' AND outcomes.workspace = log.workspace
     AND outcomes.session = log.session AND outcomes.run = log.run AND outcomes.attempt = log.attempt
   WHERE log.workspace = $1 AND log.nr > $2 AND log.nr <= $3 AND NOT log.abandoned
     AND ($5::text[] IS NULL OR log.session = ANY ($5)) AND ($6::text[] IS NULL OR whose.agent = ANY ($6)) AND ($7::text[] IS NULL OR log.type = ANY ($7))
   ORDER BY log.nr LIMIT $4)
  UNION ALL
  (SELECT nr, type, ${milliseconds('at')}, NULL, NULL, NULL, NULL, agent, data FROM workspace_events
   WHERE workspace = $1 AND nr > $2 AND nr <= $3
     AND $5::text[] IS NULL AND ($6::text[] IS NULL OR agent = ANY ($6)) AND ($7::text[] IS NULL OR type = ANY ($7))
   ORDER BY nr LIMIT $4)
  ORDER BY nr LIMIT $4`;
