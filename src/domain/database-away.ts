/**
 * Node's codes of broken connections and unknown hosts, and the SQLSTATE classes of connection, authorization, resources, intervention and system; of a standby that takes
 * no writes, and of a database that is not there. Who keeps a result for it waits until somebody has put that right.
 */
const codes = /^(E(AI_)?[A-Z]+|(08|28|53|57|58)[0-9A-Z]{3}|25006|3D000)$/;

/** What the client of the database says without a code. */
const words =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;

/**
 * After so long a silence a connection asks whether the database is still there, and breaks 10 s later where nobody answers: of a machine that is gone from
 * one moment to the next nothing is ever heard, and what was asked of it would be waited for for ever.
 */
export const probeSilenceMs = 10_000;

/** Whether an error says that the database cannot be reached, or can do nothing for anybody just now. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return (typeof code === 'string' && codes.test(code)) || words.test(error.message);
}
