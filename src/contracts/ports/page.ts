/**
 * A part of a list, in its order: so many rows at most, of those behind the row with the key `after`. A key is what the list is ordered by, so that rows
 * which come or go meanwhile move no others from one page to the next.
 */
export interface Page<Key extends KeyOfRow> {
  /** Absent: all that there are. */
  limit?: number;
  /** Absent: from the beginning. */
  after?: Key | undefined;
}

/** Times are milliseconds since 1970, to the microsecond. */
export type KeyOfRow = readonly [string | number, ...(string | number)[]];
