/**
 * The end of an INSERT INTO leases AS held: the same attempt can be assigned again after a reset of the workflow. One that was begun keeps
 * its lease, its agent and its reservation; another is assigned anew.
 */
export const leaseOrExisting = `ON CONFLICT (workspace, session, run, attempt) DO UPDATE SET
    agent = CASE WHEN held.begun_at IS NULL THEN excluded.agent ELSE held.agent END,
    agent_workspace = CASE WHEN held.begun_at IS NULL THEN excluded.agent_workspace ELSE held.agent_workspace END,
    model = CASE WHEN held.begun_at IS NULL THEN excluded.model ELSE held.model END,
    timeout_ms = CASE WHEN held.begun_at IS NULL THEN excluded.timeout_ms ELSE held.timeout_ms END,
    tries = CASE WHEN held.begun_at IS NULL THEN excluded.tries ELSE held.tries END,
    accounts = CASE WHEN held.begun_at IS NULL THEN excluded.accounts ELSE held.accounts END,
    reserved_micros = CASE WHEN held.begun_at IS NULL THEN excluded.reserved_micros ELSE held.reserved_micros END,
    reserved_ms = CASE WHEN held.begun_at IS NULL THEN excluded.reserved_ms ELSE held.reserved_ms END,
    reserved_tokens = CASE WHEN held.begun_at IS NULL THEN excluded.reserved_tokens ELSE held.reserved_tokens END,
    token = CASE WHEN held.begun_at IS NULL THEN excluded.token ELSE held.token END,
    expires_at = CASE WHEN held.begun_at IS NULL THEN excluded.expires_at ELSE held.expires_at END,
    resources = CASE WHEN held.begun_at IS NULL THEN excluded.resources ELSE held.resources END,
    in_spite_of = CASE WHEN held.begun_at IS NULL THEN excluded.in_spite_of ELSE held.in_spite_of END,
    cancelled_at = CASE WHEN held.begun_at IS NULL THEN NULL ELSE held.cancelled_at END,
    released_at = CASE WHEN held.begun_at IS NULL THEN NULL ELSE held.released_at END`;
