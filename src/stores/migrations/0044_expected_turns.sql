-- The turn that a process takes right behind one of its own: it knows the session as that one left it, and does not wait for an answer. Locks the
-- session; where another turn or a reset came between, the transaction fails, and the turn is begun in the ordinary way.
CREATE FUNCTION expect_turn(of_workspace text, of_session text, of_turn int, of_run_id text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM sessions WHERE workspace = of_workspace AND id = of_session AND turn = of_turn - 1 AND run_id = of_run_id FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'OR001', MESSAGE = format('turn %s does not follow the last one', of_turn);
  END IF;
END $$;
