import type { Pool } from 'pg';
import type { RoutingReader } from '../contracts/ports/routing-reader';
import { readDecisions } from './assignment-batches';
import { inWorkspace } from './scope';

interface OutcomeRow {
  nth: number;
  verdict: string;
  durationMs: number | null;
}

/** Decisions, with the outcomes that say something of the agents. */
export function createRoutingHistory(pool: Pool): Pick<RoutingReader, 'decided'> {
  return {
    decided: async (workspace, period, limit) => {
      const decisions = await readDecisions(pool, workspace, period, limit);
      const { rows } = await inWorkspace(pool, workspace).query<OutcomeRow>({
        name: 'outcomes-of-decisions',
        text: outcomesText,
        values: [
          workspace,
          decisions.map(({ session }) => session),
          decisions.map(({ run }) => run),
          decisions.map(({ attempt }) => attempt),
        ],
      });
      const outcomes = new Map(rows.map(({ nth, ...outcome }) => [nth, outcome]));
      return decisions.map(({ assignment }, at) => ({ assignment, outcome: outcomes.get(at + 1) ?? null }));
    },
  };
}

const outcomesText = `
  SELECT nth::int AS nth, verdict, duration_ms::float8 AS "durationMs"
  FROM unnest($2::text[], $3::text[], $4::int[]) WITH ORDINALITY AS decided (session, run, attempt, nth)
  CROSS JOIN LATERAL (
    SELECT verdict, duration_ms FROM outcomes
    WHERE outcomes.workspace = $1 AND outcomes.session = decided.session AND outcomes.run = decided.run AND outcomes.attempt = decided.attempt
      AND tells_of_agent(verdict, lost)
  ) AS outcome`;
