import { createServer } from 'node:http';
import type { IncomingHttpHeaders, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createOpenAiEmbedder } from '../../../src/connectors/openai-embedder';

interface Asked {
  path: string | undefined;
  headers: IncomingHttpHeaders;
  body: { model: string; input: string[]; encoding_format: string };
}

let server: Server;
let answer: (asked: Asked, response: ServerResponse) => void;
let asked: Asked[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { url: path, headers } = request;
      const one = { path, headers, body: JSON.parse(Buffer.concat(parts).toString()) as Asked['body'] };
      asked.push(one);
      answer(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
beforeEach(() => (asked = []));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const embedder = (settings: { key?: string; timeoutMs?: number } = {}) =>
  createOpenAiEmbedder({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/embeddings`,
    model: 'small',
    ...settings,
  });

/** As OpenAI answers. */
const listOf = (vectors: (readonly [index: number, embedding: unknown])[]): string =>
  JSON.stringify({
    object: 'list',
    data: vectors.map(([index, embedding]) => ({ object: 'embedding', index, embedding })),
    model: 'small',
    usage: { prompt_tokens: 5, total_tokens: 5 },
  });

test('texts are sent together, and their vectors come back in order', async () => {
  answer = (_, response) =>
    void response.setHeader('content-type', 'application/json').end(
      listOf([
        [1, [0, 1]],
        [0, [1, 0.5]],
      ]),
    );
  expect(await embedder({ key: 'sk-1' }).embed(['a', 'b'])).toEqual([
    [1, 0.5],
    [0, 1],
  ]);
  expect(asked).toMatchObject([
    {
      path: '/v1/embeddings',
      headers: { authorization: 'Bearer sk-1', 'content-type': 'application/json' },
      body: { model: 'small', input: ['a', 'b'], encoding_format: 'float' },
    },
  ]);
});

test('no key is sent where there is none', async () => {
  answer = (_, response) => void response.end(listOf([[0, [1]]]));
  await embedder().embed(['a']);
  expect(asked[0]?.headers).not.toHaveProperty('authorization');
});

test.each<[string, string]>([
  ['no JSON', '<html>'],
  ['no list', '{}'],
  ['too few vectors', listOf([[0, [1, 0]]])],
  [
    'one of them twice',
    listOf([
      [0, [1, 0]],
      [0, [1, 0]],
    ]),
  ],
  [
    'vectors of different lengths',
    listOf([
      [0, [1, 0]],
      [1, [1]],
    ]),
  ],
  [
    'no numbers',
    listOf([
      [0, ['x']],
      [1, [null]],
    ]),
  ],
  [
    'empty vectors',
    listOf([
      [0, []],
      [1, []],
    ]),
  ],
])('an answer that holds %s is refused', async (_, body) => {
  answer = (__, response) => void response.end(body);
  await expect(embedder().embed(['a', 'b'])).rejects.toThrow('something else than embeddings');
});

test('an answer that is no success is refused, without what it says', async () => {
  answer = (_, response) => void response.writeHead(401).end('{"error":{"message":"bad key sk-1"}}');
  await expect(embedder({ key: 'sk-1' }).embed(['a'])).rejects.toThrow(/^the embedder answered HTTP 401$/);
});

test('one that never comes is not waited for', async () => {
  answer = () => undefined;
  await expect(embedder({ timeoutMs: 50 }).embed(['a'])).rejects.toThrow();
});
