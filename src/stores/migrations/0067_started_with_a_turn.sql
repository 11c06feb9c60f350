-- Up Migration

-- A session's first turn may be taken with its start, before its workflow run has an id: then the run is "start" until the second one.
CREATE OR REPLACE FUNCTION expect_turn(of_workspace text, of_session text, of_turn int, of_run_id text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM sessions WHERE workspace = of_workspace AND id = of_session AND turn = of_turn - 1
    AND (run_id = of_run_id OR (of_turn = 2 AND run_id = 'start')) FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'OR001', MESSAGE = format('turn %s does not follow the last one', of_turn);
  END IF;
END $$;
