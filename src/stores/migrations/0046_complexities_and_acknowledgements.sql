-- Up Migration

-- What was learnt of an agent in tasks of one complexity: as learned_records says it of tasks of whatever complexity. In a table of its own, so that
-- whoever sums up the latter counts no outcome twice.
CREATE TABLE learned_complexities (LIKE learned_records INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
ALTER TABLE learned_complexities
  ADD COLUMN complexity text NOT NULL,
  ADD PRIMARY KEY (workspace, agent_workspace, agent, complexity, capability, task_type),
  ADD FOREIGN KEY (agent_workspace, agent) REFERENCES agents (workspace, name) ON DELETE CASCADE;
CREATE INDEX learned_complexities_of_agents ON learned_complexities (agent_workspace, agent);
CREATE INDEX learned_complexities_of_types ON learned_complexities (workspace, complexity, task_type, capability);

-- A type of task, whatever capability was asked for.
CREATE INDEX learned_records_of_types ON learned_records (workspace, task_type) WHERE task_type <> '';

-- What is known of such tasks already is learnt from the outcomes of their agents.
INSERT INTO agents_to_relearn (workspace, agent_workspace, agent)
SELECT DISTINCT workspace, agent_workspace, agent FROM outcomes
WHERE agent_workspace IS NOT NULL AND task_kind ->> 'complexity' IS NOT NULL
ON CONFLICT DO NOTHING;

SELECT orchestra_protect('learned_complexities');

-- When a raised alert was told last, and who sees to it: null again where it clears.
ALTER TABLE alert_rules ADD COLUMN told_at timestamptz, ADD COLUMN acknowledged_at timestamptz, ADD COLUMN acknowledged_by text, ADD COLUMN note text;
ALTER TABLE alert_events DROP CONSTRAINT alert_events_type_check;
ALTER TABLE alert_events ADD CONSTRAINT alert_events_type_check CHECK (type IN ('raised', 'repeated', 'acknowledged', 'cleared', 'tested'));
