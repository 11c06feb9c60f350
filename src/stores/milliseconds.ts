/** A time as milliseconds since 1970, in SQL. */
export const milliseconds = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::float8`;

/** The reverse, to the microsecond; of what is infinite too. */
export const timeOf = (parameter: string): string => `to_timestamp(${parameter}::float8 / 1000)`;

// Without coalesce: what PostgreSQL does not know to keep secrets is not looked up by an index behind a wall.
/** What comes before all rows that are ordered by a time and an id, and what comes behind them. */
export const beforeAllTimes = [-Infinity, ''] as const;
export const behindAllTimes = [Infinity, ''] as const;
