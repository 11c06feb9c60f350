import type { Pool } from 'pg';
import type { OutcomeReportStore } from '../contracts/ports/outcome-reports';
import { agentId } from '../domain/agents/agent-ref';
import { unknownAgent } from '../domain/agents/agent-errors';
import { sessionOfReport } from '../domain/learning/outcome-report';
import type { OutcomeReport } from '../domain/learning/outcome-report';
import { databaseJson } from './database-text';
import { countedBy } from './request-counts';
import { inWorkspace } from './scope';
import { inTransaction } from './transaction';

/** Of one statement. */
const batchSize = 1_000;

export function createOutcomeReportStore(pool: Pool): OutcomeReportStore {
  return {
    add: async (workspace, reports, seed) => {
      await mustKnowAgents(pool, workspace, reports);
      const distinct = [...new Map(reports.map((report) => [report.id, report])).values()];
      let added = 0;
      // Whoever is broken off in between reports again: what is there already counts once.
      for (let at = 0; at < distinct.length; at += batchSize) {
        const batch = distinct.slice(at, at + batchSize).map(rowOf);
        added += await inTransaction(inWorkspace(pool, workspace), async (client) => {
          const values = [workspace, databaseJson(batch)];
          const { rowCount } = await client.query({ name: 'add-outcome-reports', text: addText, values });
          const counted = { request: seed, what: `reports from ${at}` };
          return { result: await countedBy(client, workspace, counted, rowCount ?? 0), writes: [] };
        });
      }
      return added;
    },
  };
}

async function mustKnowAgents(pool: Pool, workspace: string, reports: readonly OutcomeReport[]): Promise<void> {
  const agents = [...new Map(reports.map(({ agent }) => [agentId(agent), agent])).values()];
  const { rows } = await inWorkspace(pool, workspace).query<{ workspace: string; name: string }>(
    `SELECT workspace, name FROM unnest($2::text[], $3::text[]) AS named (workspace, name)
     WHERE NOT EXISTS (
       SELECT FROM agents WHERE agents.workspace = named.workspace AND agents.name = named.name AND (agents.workspace = $1 OR shared)
     ) LIMIT 1`,
    [workspace, agents.map((agent) => agent.workspace), agents.map(({ name }) => name)],
  );
  const [unknown] = rows;
  if (unknown) throw unknownAgent(unknown.workspace, unknown.name, []);
}

function rowOf({ agent, feedback, ...report }: OutcomeReport): object {
  return {
    ...report,
    session: sessionOfReport(report),
    agent: agent.name,
    agentWorkspace: agent.workspace,
    ...feedback,
  };
}

// No session waits for it, so it counts as told. It was settled when it ended: it belongs to that period, whenever it is reported.
const addText = `
  WITH reports AS (
    SELECT * FROM jsonb_to_recordset($2) AS x (id text, session text, attempt int, agent text, "agentWorkspace" text, verdict text, kind jsonb,
      "endedAt" float8, "durationMs" float8, "costUsd" numeric, tokens bigint, "inputTokens" bigint, "outputTokens" bigint, "cachedInputTokens" bigint, quality float8, error text, model text, work jsonb, rating int, useful boolean, modifications text)
  ), added AS (
    INSERT INTO outcomes (workspace, session, run, attempt, plan_name, task, agent, agent_workspace, token, verdict, retryable, started_at,
                          ended_at, settled_at, duration_ms, error, evidence, tokens, cost_usd, undeliverable, report_id, task_kind, model, work,
                          input_tokens, output_tokens, cached_input_tokens, quality)
    SELECT $1, session, kind ->> 'taskType', attempt, '', kind ->> 'taskType', agent, "agentWorkspace", 0, verdict, true,
           to_timestamp(("endedAt" - "durationMs") / 1000), to_timestamp("endedAt" / 1000), to_timestamp("endedAt" / 1000), "durationMs", error,
           '[]', tokens, "costUsd", true, id, kind, model, work,
           "inputTokens", "outputTokens", "cachedInputTokens", quality
    FROM reports ON CONFLICT DO NOTHING
    RETURNING session, run, attempt, report_id
  ), counted AS (
    -- For minings, which go by when outcomes were settled: these may be older than what was mined last.
    INSERT INTO insight_minings AS known (workspace, outcomes, up_to, reported)
    SELECT $1, 0, '-infinity', count(*) FROM added HAVING count(*) > 0
    ON CONFLICT (workspace) DO UPDATE SET reported = known.reported + excluded.reported
  ), said AS (
    INSERT INTO outcome_feedback (workspace, session, run, attempt, rating, useful, modifications)
    SELECT $1, added.session, run, added.attempt, rating, useful, modifications FROM added JOIN reports ON id = report_id
    WHERE rating IS NOT NULL OR useful IS NOT NULL OR modifications IS NOT NULL
  )
  SELECT FROM added`;
