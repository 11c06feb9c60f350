import type { Readable } from 'node:stream';
import { heartbeatFrame, readyFrame } from './event-frame';
import type { EventHub, Wanted } from './event-hub';
import { SseStream } from './sse-stream';
import type { Subscription } from './subscription';

export interface LiveEvents {
  hub: EventHub;
  heartbeatMs: number;
  /** What may wait for a subscriber who reads slowly. */
  bufferBytes: number;
  /** After so long a stream ends, to be opened again; undefined where it goes on for as long as somebody reads. */
  longestMs?: number;
  onError(error: unknown): void;
}

/** What a subscriber gets, until he leaves, is too slow, or may not any more. Throws EVENT_CURSOR_GONE. */
export async function openStream(
  { hub, heartbeatMs, bufferBytes, longestMs, onError }: LiveEvents,
  wanted: Wanted,
  mayStill: () => Promise<boolean>,
): Promise<Readable> {
  const stream = new SseStream(bufferBytes);
  const subscription = await hub.subscribe(wanted, stream);
  stream.write(readyFrame(subscription.cursor));
  const beating = setInterval(() => void beat(stream, subscription, mayStill).catch(onError), heartbeatMs);
  const ending = longestMs === undefined ? undefined : setTimeout(() => subscription.end('old'), longestMs);
  stream.readable.once('close', () => {
    clearInterval(beating);
    clearTimeout(ending);
    subscription.stop();
  });
  subscription.follow().catch(onError);
  return stream.readable;
}

async function beat(stream: SseStream, subscription: Subscription, mayStill: () => Promise<boolean>): Promise<void> {
  if (stream.isStalled()) return subscription.end('slow');
  if (!(await mayStill())) return subscription.end('forbidden');
  stream.write(heartbeatFrame(subscription.cursor));
}
