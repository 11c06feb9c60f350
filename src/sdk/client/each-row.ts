import type { CallOptions } from './options';
import type { Requester } from './requester';
import type { Query } from './url-path';

/** All pages of a list, each asked for when the one before has been taken. `limit` in the query: so many rows a page. */
export async function* eachPage<Page extends object>(
  api: Requester,
  path: string,
  query: Query = {},
  options?: CallOptions,
): AsyncGenerator<Page> {
  for (let cursor: string | undefined; ;) {
    const asked = { ...query, ...(cursor !== undefined && { cursor }) };
    const page = await api.send<unknown>({ method: 'GET', path, query: asked }, options);
    yield page as Awaited<Page>;
    // An API of an earlier version says nothing of a next page where it knows of none.
    const { next } = page as { next?: string | null };
    if (typeof next !== 'string') return;
    cursor = next;
  }
}

/** The rows of all pages, which have them under the name `rows`. */
export async function* eachRow<Row>(
  api: Requester,
  path: string,
  rows: string,
  query?: Query,
  options?: CallOptions,
): AsyncGenerator<Row> {
  for await (const page of eachPage<Record<string, Row[]>>(api, path, query, options)) yield* page[rows] ?? [];
}

/** All rows of a list that is short, or wanted whole. */
export async function allRows<Row>(...list: Parameters<typeof eachRow>): Promise<Row[]> {
  const all: Row[] = [];
  for await (const row of eachRow<Row>(...list)) all.push(row);
  return all;
}

/** Of a list that is wanted whole: as many as the API gives at once. */
export const wholeList = { limit: 1_000 };
