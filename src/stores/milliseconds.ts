/** A time as milliseconds since 1970, in SQL. */
export const milliseconds = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::float8`;
