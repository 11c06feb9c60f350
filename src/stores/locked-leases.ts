/**
 * The leases of the calls in a common table expression, locked in key order, as in every statement that changes several: `calls.*` and `lease.*`, to select
 * from. They are looked up one after the other by their keys, whatever PostgreSQL thinks of how many there are.
 */
export const lockedLeasesOf = (
  calls: string,
): string => `(SELECT * FROM ${calls} ORDER BY workspace, session, run, attempt) AS calls
    CROSS JOIN LATERAL (
      SELECT * FROM leases WHERE leases.workspace = calls.workspace AND leases.session = calls.session
        AND leases.run = calls.run AND leases.attempt = calls.attempt AND leases.token = calls.token OFFSET 0 FOR UPDATE
    ) AS lease`;
