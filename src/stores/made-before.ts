/**
 * The end of an INSERT into a table that keeps by which request its rows were made (0063_made_once.sql): a row that the same request has made counts as
 * inserted, and stays as it is. That of another request, or of one without a key, keeps its name, and nothing is inserted.
 *
 * @param key the columns of its primary key
 */
export function orMadeBefore(table: string, key: string): string {
  return `ON CONFLICT (${key}) DO UPDATE SET request = excluded.request WHERE ${table}.request = excluded.request`;
}
