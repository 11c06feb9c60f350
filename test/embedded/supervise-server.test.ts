import type { ServerProcess } from '../../src/embedded/server-process';
import { superviseServer } from '../../src/embedded/supervise-server';

/** A server that ends when the test says so. */
function fakeServer(pid: number): ServerProcess & { crash(): void } {
  let hasExited = false;
  let exit: (reason: string) => void = () => undefined;
  const exited = new Promise<string>((resolve) => (exit = resolve));
  const crash = (): void => {
    hasExited = true;
    exit('signal SIGKILL');
  };
  const end = (): Promise<void> => Promise.resolve(crash());
  return { pid, startTime: '', exited, hasExited: () => hasExited, logTail: () => '', end, crash };
}

const silent = { name: 'Test', onProgress: () => undefined, pauseMs: () => 0 };

describe('supervision', () => {
  test('starts a server again each time it crashes', async () => {
    const servers = [1, 2, 3].map(fakeServer);
    const [first, second, third] = servers as [ServerProcess & { crash(): void }, ...typeof servers];
    const queue = [second, third];
    let launched: (server: ServerProcess) => void = () => undefined;
    const supervised = superviseServer(first, {
      ...silent,
      launch: () => {
        const next = queue.shift();
        if (next === undefined) throw new Error('launched too often');
        launched(next);
        return Promise.resolve(next);
      },
      onGivenUp: (reason) => expect(reason).toBeUndefined(),
    });
    for (const crashing of servers.slice(0, 2)) {
      const next = new Promise((resolve) => (launched = resolve));
      crashing.crash();
      await next;
      await new Promise((resolve) => setImmediate(resolve));
      expect(supervised.current().pid).toBe(crashing.pid + 1);
    }
    await supervised.stop();
    expect(servers.map((server) => server.hasExited())).toEqual([true, true, true]);
  });

  test('is given up after 12 attempts in a row that fail, with the last reason', async () => {
    const first = fakeServer(1);
    let attempts = 0;
    const givenUp = new Promise<Error>((resolve) => {
      superviseServer(first, {
        ...silent,
        launch: () => Promise.reject(new Error(`attempt ${++attempts}`)),
        onGivenUp: resolve,
      });
    });
    first.crash();
    expect((await givenUp).message).toBe('attempt 12');
  });

  test('ends a server whose restart won the race against the stop', async () => {
    const first = fakeServer(1);
    const second = fakeServer(2);
    let release: () => void = () => undefined;
    let asked: () => void = () => undefined;
    const launching = new Promise<void>((resolve) => (asked = resolve));
    const supervised = superviseServer(first, {
      ...silent,
      launch: async () => {
        asked();
        await new Promise<void>((resolve) => (release = resolve));
        return second;
      },
      onGivenUp: (reason) => expect(reason).toBeUndefined(),
    });
    first.crash();
    await launching;
    const stopped = supervised.stop();
    release();
    await stopped;
    expect(second.hasExited()).toBe(true);
  });
});
