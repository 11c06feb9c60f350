import { followEvents } from '../../../src/sdk/client/follow-events';
import { Requester } from '../../../src/sdk/client/requester';

const frame = 'id: 4\nevent: ready\ndata: {"id":"4"}\n\n';

/** A body that breaks behind its first words, as the platform says it. */
function breaking(): Response {
  let isBegun = false;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      if (isBegun) controller.error(new TypeError('terminated'));
      else controller.enqueue(new TextEncoder().encode(frame));
      isBegun = true;
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

/** Notes its pauses, and makes none. */
class HastyRequester extends Requester {
  readonly pauses: number[] = [];

  override pause(ms: number): Promise<void> {
    this.pauses.push(ms);
    return this.pauses.length < 3 ? Promise.resolve() : Promise.reject(new Error('enough'));
  }
}

it('does not open a stream anew without pause that breaks again and again', async () => {
  const api = new HastyRequester({
    apiUrl: 'http://api.invalid',
    headers: () => ({}),
    fetch: () => Promise.resolve(breaking()),
  });
  await expect(followEvents(api).next()).rejects.toThrow('enough');
  expect(api.pauses.map((ms) => ms > 0)).toEqual([true, true, true]);
});
