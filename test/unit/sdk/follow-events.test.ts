import { createClient } from '../../../src/sdk/http';
import type { ClientSettings, EventFilter, OrchestraEvent } from '../../../src/sdk/http';
import { ScriptedServer, cut, json, problem, stream } from '../../helpers/sdk/scripted-server';
import type { Step } from '../../helpers/sdk/scripted-server';

let server: ScriptedServer;
beforeEach(async () => (server = await new ScriptedServer().start()));
afterEach(() => server.stop());

const ready = 'retry: 1000\nid: 4\nevent: ready\ndata: {"id":"4"}\n\n';
const event = (id: number, type = 'task-succeeded'): string =>
  `id: ${id}\nevent: ${type}\ndata: {"id":"${id}","type":"${type}","session":"s1"}\n\n`;

/** As many events as are wanted, of a server that does these things one after the other. */
async function follow(
  count: number,
  steps: Step[],
  filter: EventFilter & { signal?: AbortSignal } = {},
  settings: ClientSettings = {},
): Promise<string[]> {
  server.plan(...steps);
  const client = createClient({ apiUrl: server.url, token: 't', ...settings });
  const seen: OrchestraEvent[] = [];
  for await (const one of client.events(filter)) {
    seen.push(one);
    if (seen.length === count) break;
  }
  return seen.map(({ id }) => id);
}

const queries = (): string[] => server.seen.map(({ url }) => url.replace('/v1/events', ''));

it('tells events, and not what the stream says of itself', async () => {
  const filter = { session: 's1', agent: 'ada', types: ['task-*', 'session-ended'], after: '3' };
  const steps = [stream(`${ready}${event(5)}: heartbeat\nid: 6\n\n${event(7)}`)];
  expect(await follow(2, steps, filter)).toEqual(['5', '7']);
  expect(queries()).toEqual(['?session=s1&agent=ada&types=task-*%2Csession-ended&after=3']);
  expect(server.seen[0]?.headers.accept).toBe('text/event-stream');
});

it('goes on behind the last event when the connection is cut, in the middle of one too', async () => {
  const steps = [
    stream(`${ready}${event(5)}id: 6\nevent: task-failed\ndata: {"id":`, 'cut'),
    cut,
    problem(503, 'SERVER_UNAVAILABLE', { retryable: true }),
    stream(`${event(6)}${event(7)}`, 'end'),
    stream(event(8)),
  ];
  expect(await follow(4, steps)).toEqual(['5', '6', '7', '8']);
  expect(queries()).toEqual(['', '?after=5', '?after=5', '?after=5', '?after=7']);
});

it('goes on where it stood when nothing had happened by then', async () => {
  const resume = 'id: 9\nevent: resume\ndata: {"id":"9","reason":"slow"}\n\n';
  expect(await follow(1, [stream(ready, 'cut'), stream(resume, 'end'), stream(event(10))])).toEqual(['10']);
  expect(queries()).toEqual(['', '?after=4', '?after=9']);
});

it('opens a stream anew that is silent for too long', async () => {
  const retried: unknown[] = [];
  const settings = { silenceMs: 1_000, onRetry: (error: unknown) => retried.push(error) };
  expect(await follow(2, [stream(`${ready}${event(5)}`), stream(event(6))], {}, settings)).toEqual(['5', '6']);
  expect(retried).toHaveLength(1);
});

it('is not silent for who takes his time', async () => {
  server.plan(stream(`${ready}${event(5)}${event(6)}`));
  const client = createClient({ apiUrl: server.url, token: 't', silenceMs: 1_000 });
  const seen: string[] = [];
  for await (const { id } of client.events()) {
    seen.push(id);
    if (seen.length === 2) break;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
  }
  expect([seen, server.seen.length]).toEqual([['5', '6'], 1]);
});

it('ends with what the API refuses for good', async () => {
  const gone = problem(410, 'EVENT_CURSOR_GONE');
  await expect(follow(1, [stream(ready, 'cut'), gone])).rejects.toMatchObject({ code: 'EVENT_CURSOR_GONE' });
  await expect(follow(1, [json({})], {}, { retries: 0 })).rejects.toThrow(/script is over/);
});

it('ends with the reason of its signal, and closes the connection', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  let closed: Promise<unknown> = Promise.resolve();
  const step: Step = (response, request) => {
    closed = new Promise((resolve) => response.on('close', resolve));
    stream(ready)(response, request);
    setImmediate(() => controller.abort(reason));
  };
  await expect(follow(1, [step], { signal: controller.signal })).rejects.toBe(reason);
  await closed;
});

it('closes the connection when nobody wants more', async () => {
  let closed: Promise<unknown> = Promise.resolve();
  const step: Step = (response, request) => {
    closed = new Promise((resolve) => response.on('close', resolve));
    stream(`${ready}${event(5)}`)(response, request);
  };
  expect(await follow(1, [step])).toEqual(['5']);
  await closed;
});
