import type { PoolClient } from 'pg';
import type { LearningBatch, LearntHandover } from '../contracts/ports/learning-store';
import { agentId } from '../domain/agents/agent-ref';

/**
 * Adds what attempts came to that went on from results of agents of registries, or, where these attempts are learnt anew, puts it in place of what was known of
 * their agents. Of what is needed as a list, the items of a fan-out, nobody is the one that gave it.
 */
export async function storeHandovers(
  client: PoolClient,
  { anew, attempts }: Pick<LearningBatch, 'anew' | 'attempts'>,
  handovers: readonly LearntHandover[],
): Promise<void> {
  if (anew) {
    const agents = [...new Map(attempts.map((one) => [`${one.workspace} ${agentId(one.agent)}`, one])).values()];
    await client.query({
      name: 'forget-handovers',
      text: `DELETE FROM learned_handovers USING unnest($1::text[], $2::text[], $3::text[]) AS anew (workspace, agent_workspace, agent)
             WHERE learned_handovers.workspace = anew.workspace AND learned_handovers.agent_workspace = anew.agent_workspace
               AND learned_handovers.agent = anew.agent`,
      values: [
        agents.map(({ workspace }) => workspace),
        agents.map(({ agent }) => agent.workspace),
        agents.map(({ agent }) => agent.name),
      ],
    });
  }
  if (handovers.length === 0) return;
  const rows = handovers.map(({ agent, from, ...handover }) => ({
    ...handover,
    ...('need' in from ? from : { fromWorkspace: from.workspace, fromAgent: from.name }),
    agentWorkspace: agent.workspace,
    agent: agent.name,
  }));
  await client.query({ name: 'store-handovers', text: storeText, values: [JSON.stringify(rows)] });
}

/** Half of the weight after 30 days, as of all that is learnt. */
const left = (age: string): string => `power(0.5, extract(epoch FROM ${age}) / (30 * 86400))`;

const storeText = `
  WITH taken AS (
    SELECT workspace, session, need, "fromWorkspace" AS from_workspace, "fromAgent" AS from_agent, "agentWorkspace" AS agent_workspace, agent, success, to_timestamp("endedAt" / 1000) AS ended_at
    FROM jsonb_to_recordset($1) AS x (workspace text, session text, need text, "fromWorkspace" text, "fromAgent" text, "agentWorkspace" text, agent text, success float8, "endedAt" float8)
  ), handed AS (
    SELECT workspace, agent_workspace, agent, from_workspace, from_agent, success, ended_at FROM taken WHERE need IS NULL
    UNION ALL
    -- Looked up for each: there are few that several have taken over from, and whatever is joined here is compared pair by pair.
    SELECT taken.workspace, taken.agent_workspace, taken.agent, giver.agent_workspace, giver.agent, success, ended_at FROM taken
    CROSS JOIN LATERAL (
      SELECT agent_workspace, agent FROM outcomes
      WHERE outcomes.workspace = taken.workspace AND outcomes.session = taken.session AND outcomes.run = taken.need AND verdict = 'succeeded'
      ORDER BY attempt DESC LIMIT 1
    ) AS giver
    WHERE need IS NOT NULL AND giver.agent_workspace IS NOT NULL
  ), lasting AS (
    -- Whoever is removed meanwhile takes its handovers with it.
    SELECT workspace, name FROM agents
    WHERE (workspace, name) IN (SELECT from_workspace, from_agent FROM handed UNION SELECT agent_workspace, agent FROM handed)
    ORDER BY workspace, name FOR KEY SHARE
  ), pairs AS (
    SELECT workspace, agent_workspace, agent, from_workspace, from_agent, success, ended_at,
           max(ended_at) OVER (PARTITION BY workspace, agent_workspace, agent, from_workspace, from_agent) AS as_of
    FROM handed WHERE (from_workspace, from_agent) <> (agent_workspace, agent)
      -- IS TRUE: as a condition of its own it would be a join, which compares each with each (pool.ts); like this they are looked up in a table of hashes.
      AND ((agent_workspace, agent) IN (SELECT * FROM lasting)) IS TRUE AND ((from_workspace, from_agent) IN (SELECT * FROM lasting)) IS TRUE
  ), sums AS (
    SELECT workspace, agent_workspace, agent, from_workspace, from_agent, as_of,
           sum(success * ${left('as_of - ended_at')}) AS succeeded, sum((1 - success) * ${left('as_of - ended_at')}) AS failed
    FROM pairs GROUP BY workspace, agent_workspace, agent, from_workspace, from_agent, as_of
  )
  INSERT INTO learned_handovers AS known (workspace, agent_workspace, agent, from_workspace, from_agent, succeeded, failed, as_of)
  SELECT workspace, agent_workspace, agent, from_workspace, from_agent, succeeded, failed, as_of FROM sums
  ON CONFLICT (workspace, agent_workspace, agent, from_workspace, from_agent) DO UPDATE SET
    succeeded = known.succeeded * ${left('greatest(known.as_of, excluded.as_of) - known.as_of')}
              + excluded.succeeded * ${left('greatest(known.as_of, excluded.as_of) - excluded.as_of')},
    failed = known.failed * ${left('greatest(known.as_of, excluded.as_of) - known.as_of')}
           + excluded.failed * ${left('greatest(known.as_of, excluded.as_of) - excluded.as_of')},
    as_of = greatest(known.as_of, excluded.as_of)`;
