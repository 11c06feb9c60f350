-- Up Migration

-- Why attempts went to their agents, of one turn or grant together: a JSON list of { run, attempt, assignment }, deflated (RFC 1950), or plain
-- where it begins with a bracket. One hundred assignments repeat nearly all that they say: so they take a twentieth of the space.
CREATE TABLE assignment_batches (
  workspace text NOT NULL,
  session   text NOT NULL,
  batch     bigint GENERATED ALWAYS AS IDENTITY,
  -- Of the runs; by these they are found.
  tasks     text[] NOT NULL,
  content   bytea NOT NULL,
  at        timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace, session, batch)
);
-- Deflated already.
ALTER TABLE assignment_batches ALTER COLUMN content SET STORAGE EXTERNAL;

INSERT INTO assignment_batches (workspace, session, tasks, content, at)
SELECT workspace, session, array_agg(DISTINCT split_part(run, '[', 1)),
       convert_to(json_agg(json_build_object('run', run, 'attempt', attempt, 'assignment', assignment) ORDER BY run, attempt)::text, 'UTF8'), at
FROM assignments GROUP BY workspace, session, at ORDER BY at;
DROP TABLE assignments;
