import fc from 'fast-check';
import { readEventStream } from '../../../src/sdk/client/read-event-stream';
import type { StreamBlock } from '../../../src/sdk/client/read-event-stream';

/** What is read of bytes that come in pieces. */
async function read(pieces: readonly Uint8Array[]): Promise<StreamBlock[]> {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
  const blocks: StreamBlock[] = [];
  for await (const block of readEventStream(body)) blocks.push(block);
  return blocks;
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

it('reads events, comments and ids as the standard says', async () => {
  const text =
    'retry: 1000\nid: 7\nevent: ready\ndata: {}\n\n: heartbeat\nid: 8\n\ndata:a\ndata: b\nother: x\ndata\n\n';
  expect(await read([bytesOf(text)])).toEqual([
    { id: '7', event: 'ready', data: '{}' },
    { id: '8' },
    { data: 'a\nb\n' },
  ]);
});

it('leaves out what has not come whole', async () => {
  expect(await read([bytesOf('id: 1\ndata: a\n\nid: 2\ndata: b\n')])).toEqual([{ id: '1', data: 'a' }]);
});

test('however bytes are cut into pieces, and lines are ended, the same is read', async () => {
  const line = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(/[\r\n\0]/g, '·'));
  const event = fc.record({ id: fc.nat().map(String), data: line });
  await fc.assert(
    fc.asyncProperty(
      fc.array(event, { maxLength: 8 }),
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
      async (events, end, sizes) => {
        // A carriage return at the very end could be half of an end.
        const text = events.map(({ id, data }) => `id: ${id}${end}data: ${data}${end}${end}`).join('') + ':\n';
        const bytes = bytesOf(text);
        const pieces: Uint8Array[] = [];
        for (let at = 0; at < bytes.length;) {
          const size = sizes.next().value as number;
          pieces.push(bytes.slice(at, at + size));
          at += size;
        }
        expect(await read(pieces)).toEqual(events);
      },
    ),
  );
});
