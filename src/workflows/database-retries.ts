/**
 * Of local activities that need PostgreSQL: what they wait for while it is away, in milliseconds. Each try on a timer adds six events to a history, which takes
 * 50,000; so a week can pass. After an outage the next try comes within a tenth of its length, and within a minute.
 */
export const whileDatabaseIsAway = {
  // From then on they wait on a timer of the server, and queries and updates are answered in the meantime.
  localRetryThreshold: 250,
  retry: { initialInterval: 100, backoffCoefficient: 1.1, maximumInterval: 60_000 },
};
