import { EventHub } from '../../../src/api/live/event-hub';
import type { EventSink } from '../../../src/api/live/subscription';
import type { EventStore } from '../../../src/contracts/ports/event-store';

const store: EventStore = {
  numbers: () => Promise.resolve({ last: 200, writers: [] }),
  read: () => Promise.resolve([]),
  lastUpTo: () => Promise.resolve(200),
  floor: () => Promise.resolve(100),
};
const sink: EventSink = {
  write: () => undefined,
  isFull: () => false,
  drained: () => Promise.resolve(),
  end: () => undefined,
};
const everything = { sessions: [], agents: [], types: [] };

it('tells whoever comes from before what was deleted, but not who follows a session, of which nothing is', async () => {
  const hub = new EventHub(store, () => undefined);
  const from = (after: number, sessions: string[]): ReturnType<EventHub['subscribe']> =>
    hub.subscribe({ workspace: 'default', filter: { ...everything, sessions }, after }, sink);
  await expect(from(99, [])).rejects.toMatchObject({ code: 'EVENT_CURSOR_GONE' });
  const [all, one] = [await from(100, []), await from(0, ['s1'])];
  expect([all.cursor, one.cursor]).toEqual([100, 0]);
  await expect(from(201, ['s1'])).rejects.toMatchObject({ code: 'EVENT_CURSOR_GONE' });
  all.stop();
  one.stop();
  hub.close();
});
