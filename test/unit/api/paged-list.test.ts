import { z } from 'zod';
import { openApiDocument } from '../../../src/api/openapi/document';
import { PagedList, part } from '../../../src/api/paged-list';
import { defineRoute } from '../../../src/api/route';
import { listRoutesOf } from '../../helpers/list-routes';
import { routes } from './routes';

interface Row {
  at: number;
  id: string;
}

const list = new PagedList('rows', z.tuple([part.time, part.text]), ({ at, id }: Row) => [at, id]);
const others = new PagedList('others', z.tuple([part.time, part.text]), ({ at, id }: Row) => [at, id]);

/** Newest first, as a store reads them. */
const reading =
  (rows: readonly Row[]) =>
  ({ limit, after }: { limit?: number; after?: readonly [number, string] | undefined }): Promise<Row[]> =>
    Promise.resolve(
      [...rows]
        .sort((left, right) => right.at - left.at || (left.id < right.id ? 1 : -1))
        .filter(({ at, id }) => !after || at < after[0] || (at === after[0] && id < after[1]))
        .slice(0, limit),
    );

const rows = [
  { at: 1_000.001, id: 'a' },
  { at: 1_000.002, id: 'b' },
  { at: 1_000.002, id: 'c' },
  { at: 2_000, id: 'ü' },
];

test('pages follow one another, whatever comes in front meanwhile', async () => {
  const first = await list.page({ limit: 2 }, reading(rows));
  expect(first.rows.map(({ id }) => id)).toEqual(['ü', 'c']);
  const grown = [...rows, { at: 3_000, id: 'new' }];
  const second = await list.page({ limit: 1, cursor: first.next! }, reading(grown));
  expect(second.rows.map(({ id }) => id)).toEqual(['b']);
  // Nor does it matter that the row is gone which the page ended with.
  const shrunk = grown.filter(({ id }) => id !== 'b');
  const last = await list.page({ limit: 5, cursor: second.next! }, reading(shrunk));
  expect([last.rows.map(({ id }) => id), last.next]).toEqual([['a'], null]);
});

test('a page that ends with the last row has no next one', async () => {
  expect((await list.page({ limit: 4 }, reading(rows))).next).toBeNull();
  expect(await list.page({ limit: 4 }, reading([]))).toEqual({ rows: [], next: null });
});

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

test.each([
  ['nothing', ''],
  ['no base64', '!'],
  ['no JSON', Buffer.from('{').toString('base64url')],
  ['no list', encoded({ rows: 1 })],
  ['a key that is cut off', encoded(['rows', 1_000])],
  ['a key that is too long', encoded(['rows', 1_000, 'a', 'b'])],
  ['a text in the place of a time', encoded(['rows', '1000', 'a'])],
  ['a time that no date has', encoded(['rows', 8.64e15 + 2, 'a'])],
  ['a time before all dates', encoded(['rows', -1, 'a'])],
  ['the character NUL', encoded(['rows', 1_000, 'a\0'])],
  ['what stands for the same in other words', Buffer.from('["rows", 1000, "a"]').toString('base64url')],
  ['something behind it', `${encoded(['rows', 1_000, 'a'])}=`],
])('a cursor that is %s is refused', async (_, cursor) => {
  const read = jest.fn();
  await expect(list.page({ limit: 1, cursor }, read)).rejects.toMatchObject({
    code: 'USAGE',
    message: 'The cursor is not one of this list: send the `next` of the page before.',
  });
  expect(read).not.toHaveBeenCalled();
});

test('a cursor of another list is refused', async () => {
  const { next } = await others.page({ limit: 1 }, reading(rows));
  await expect(list.page({ limit: 1, cursor: next! }, reading(rows))).rejects.toMatchObject({ code: 'USAGE' });
  expect((await others.page({ limit: 1, cursor: next! }, reading(rows))).rows).toHaveLength(1);
});

/** Lists that are no pages, and why not. */
const wholeLists: Record<string, string> = {
  '/v1/sessions/{session}/events': 'a log, read behind a `seq`',
  '/v1/sessions/{session}/tasks/{run}/explanation': 'no more attempts than the plan allows its task',
  '/v1/tasks/{task}/explanation': 'no more attempts than the task allows',
  '/v1/tasks/{task}/outcome': 'no more attempts than the task allows',
  '/v1/schedules/{schedule}': 'ten times at most',
  '/v1/webhooks/{webhook}': 'types that there are',
  '/v1/agents/{agent}': 'as its definition says',
  '/v1/agents/{agent}/insights': 'an overview: what grows has lists of its own',
  '/v1/agents/{agent}/recoveries': 'actions that there are',
  '/v1/budgets': 'a limit for each unit and period',
  '/v1/sessions/{session}/budget': 'limits that the plan sets',
  '/v1/audit/verify': 'twenty faults at most',
  '/v1/metrics': 'sums of one period, one an agent, worked out together',
  '/v1/metrics/routing': 'sums, one a strategy',
};

test('every list is shown page by page: give a new one a PagedList, or a reason here why it cannot grow', () => {
  const found = listRoutesOf(openApiDocument(routes));
  expect(
    found
      .filter(({ isPaged }) => !isPaged)
      .map(({ url }) => url)
      .sort(),
  ).toEqual(Object.keys(wholeLists).sort());
  expect(found.filter(({ isPaged }) => isPaged).length).toBeGreaterThan(20);
});

test.each([
  ['without a cursor', z.object({ limit: z.number() }), z.object({ things: z.array(z.string()), next: z.string() })],
  ['without a next', z.object({ limit: z.number(), cursor: z.string() }), z.object({ things: z.array(z.string()) })],
  ['that is nothing but rows', z.object({}), z.array(z.string())],
])('a list %s is found', (_, query, answer) => {
  const handle = () => ({ body: [] });
  const said = { method: 'GET', url: '/v1/new', tag: 'New', summary: 'New.' } as const;
  const route = defineRoute({ ...said, query, answer: answer as z.ZodType, handle });
  expect(listRoutesOf(openApiDocument([route]))).toMatchObject([{ url: '/v1/new', isPaged: false }]);
});
