import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { searchAttributes } from '../../../src/contracts/protocol/session';
import { ensureSearchAttributes } from '../../../src/main/search-attributes';

const { INDEXED_VALUE_TYPE_KEYWORD: keyword, INDEXED_VALUE_TYPE_INT: int } = temporal.api.enums.v1.IndexedValueType;

/** A Temporal server that knows these attributes, and answers so to new ones; with what it was asked to add, and what was said. */
function server(customAttributes: Record<string, number>, add: () => Promise<unknown>) {
  const asked: unknown[] = [];
  const said: string[] = [];
  const operatorService = {
    listSearchAttributes: () => Promise.resolve({ customAttributes }),
    addSearchAttributes: (request: unknown) => (asked.push(request), add()),
  };
  const connection = { operatorService } as unknown as Client['connection'];
  return { asked, said, ensure: () => ensureSearchAttributes(connection, 'agents', (words) => said.push(words)) };
}

/** As gRPC answers. */
const refusal = (code: number, message: string): Error =>
  Object.assign(new Error(message), { code, details: message, metadata: {} });
const { workspace, plan, status, mode } = searchAttributes;

test('those that the server lacks are added, to its namespace and as keywords', async () => {
  const { ensure, asked, said } = server({ [workspace]: keyword, [plan]: keyword }, () => Promise.resolve({}));
  expect(await ensure()).toBe(true);
  expect(asked).toEqual([{ namespace: 'agents', searchAttributes: { [status]: keyword, [mode]: keyword } }]);
  expect(said).toEqual([]);
});

test.each([
  ['by its rights', {}, refusal(7, 'permission denied')],
  ['as it has one of another type', { [status]: int }, refusal(6, 'already exists')],
])('a server that refuses them %s is done without them, and it is said', async (_, known, error) => {
  const { ensure, said } = server(known, () => Promise.reject(error));
  expect(await ensure()).toBe(false);
  expect(said).toHaveLength(1);
  expect(said[0]).toContain(`(${error.message}); sessions run without them`);
});

test('a server that has gone is no refusal', async () => {
  const { ensure, said } = server({}, () => Promise.reject(refusal(14, 'connection refused')));
  await expect(ensure()).rejects.toMatchObject({ code: 'SERVER_UNAVAILABLE' });
  expect(said).toEqual([]);
});
