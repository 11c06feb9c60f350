import { priorityAgeMs } from '../domain/line-position';

/** What to order rows with `priority` and `since` by, as domain/line-position.ts does. */
export const placeInLine = `(priority > 1), since + priority * ${priorityAgeMs} * interval '1 millisecond', since`;

/** The priorities that there are: the first rows of each, found by an index, hold the first of all. */
export const eachPriority = 'generate_series(1, 5) AS own (rank)';
