-- Up Migration

-- A turn settles leases that it supposes to be open: where one is not, it comes to nothing, and is taken again without what it supposed.
CREATE FUNCTION expect_open_leases(expected bigint, open bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF open <> expected THEN
    RAISE EXCEPTION USING ERRCODE = 'OR002', MESSAGE = format('%s of %s leases are open', open, expected);
  END IF;
END $$;

-- As before, but a lease that was settled when it ended, as nearly all are, costs one look.
CREATE OR REPLACE FUNCTION leases_to_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM changed
    WHERE accounts IS NOT NULL AND (begun_at IS NULL OR released_at IS NOT NULL) AND (begun_at IS NULL OR NOT EXISTS (
      SELECT FROM ledger AS known WHERE known.workspace = changed.workspace AND known.session = changed.session
        AND known.run = changed.run AND known.attempt = changed.attempt AND known.token = changed.token AND known.entry = 'settled'))
  ) THEN
    INSERT INTO ledger (workspace, session, run, attempt, token, entry, accounts, reserved_micros, reserved_tokens, reserved_ms, reserved_attempts,
                        kept_micros, kept_tokens, kept_ms, kept_attempts, spent_attempts)
    SELECT workspace, session, run, attempt, token, entry, accounts, sign * reserved_micros, sign * reserved_tokens, sign * reserved_ms, sign,
           CASE entry WHEN 'kept' THEN reserved_micros ELSE 0 END, CASE entry WHEN 'kept' THEN reserved_tokens ELSE 0 END,
           CASE entry WHEN 'kept' THEN reserved_ms ELSE 0 END,
           CASE entry WHEN 'kept' THEN 1 ELSE 0 END, 0
    FROM changed
    CROSS JOIN LATERAL (SELECT CASE WHEN released_at IS NULL THEN 'reserved' WHEN begun_at IS NULL THEN 'returned' ELSE 'kept' END) AS as_entry (entry)
    CROSS JOIN LATERAL (SELECT CASE entry WHEN 'reserved' THEN 1 ELSE -1 END) AS as_sign (sign)
    WHERE accounts IS NOT NULL AND (begun_at IS NULL OR released_at IS NOT NULL)
      AND NOT (entry = 'kept' AND EXISTS (
        SELECT FROM ledger AS known WHERE known.workspace = changed.workspace AND known.session = changed.session
          AND known.run = changed.run AND known.attempt = changed.attempt AND known.token = changed.token AND known.entry = 'settled'))
    ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$;

SELECT orchestra_protect('leases');
