-- Up Migration

-- What kind of agent it is: as its owner says, else the name of its connector.
CREATE FUNCTION agent_type(definition jsonb) RETURNS text LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
  SELECT coalesce(definition ->> 'type', definition -> 'connector' ->> 'connector');
END;

-- What agents are found by, with their type. An index does not notice that its function is another.
DROP INDEX agents_search;
CREATE OR REPLACE FUNCTION agent_search_keys(workspace text, shared boolean, definition jsonb, search_text text) RETURNS text[] LANGUAGE sql IMMUTABLE COST 10000
BEGIN ATOMIC
  SELECT array(
    SELECT 'workspace:' || workspace
    UNION ALL SELECT 'shared' WHERE shared
    UNION ALL SELECT 'type:' || agent_type(definition)
    UNION ALL SELECT 'capability:' || (x #>> '{}') FROM jsonb_path_query(definition, '$.capabilities[*].name') AS x
    UNION ALL SELECT 'technology:' || (x #>> '{}') FROM jsonb_path_query(definition, '$.capabilities[*].technologies[*]') AS x
    UNION ALL SELECT 'tag:' || (x #>> '{}') FROM jsonb_path_query(definition, '$.tags[*]') AS x
    UNION ALL SELECT unnest(search_pieces(search_text, 2))
  );
END;
CREATE INDEX agents_search ON agents USING gin (agent_search_keys(workspace, shared, definition, search_text)) WITH (fastupdate = off);

-- Runs that wait for an agent ask for its type by that name by now.
UPDATE waiting_line SET requirement = (requirement - 'connector') || jsonb_build_object('type', requirement -> 'connector')
WHERE requirement ? 'connector';
