/**
 * SQL condition on `leases` and `sessions`: an attempt runs at a worker, and nobody has extended its lease in its time, though PostgreSQL was there
 * to be told. Leases could not be extended while it was down, so all of them live for a lease time after it was started.
 *
 * @param at SQL of the moment to judge at
 */
export function isSilent(at: string): string {
  return `leases.released_at IS NULL AND leases.begun_at IS NOT NULL AND leases.holder IS NOT NULL AND leases.expires_at < ${at}
      AND pg_postmaster_start_time() < ${at} - (sessions.settings ->> 'leaseMs')::int * interval '1 millisecond'`;
}
