import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { onFreePort } from '../../src/embedded/free-port';
import { launchOnFreePorts } from '../../src/embedded/launch-on-free-ports';
import type { ServerProcess } from '../../src/embedded/server-process';
import { ownPort } from '../helpers/own-ports';

const listeners: Server[] = [];
afterEach(() => listeners.splice(0).forEach((listener) => listener.close()));

async function listenOn(port: number): Promise<number> {
  const listener = createServer().listen(port, '127.0.0.1');
  listeners.push(listener);
  await once(listener, 'listening');
  return (listener.address() as AddressInfo).port;
}

test('a program that finds its port taken in the moment between looks for another one', async () => {
  const wanted = ownPort();
  const tried: number[] = [];
  const port = await onFreePort([wanted], async (found) => {
    tried.push(found);
    if (found === wanted) await listenOn(found);
    return listenOn(found);
  });
  expect(tried).toEqual([wanted, port]);
  expect(port).not.toBe(wanted);
});

test('one that cannot start for another reason is not tried again', async () => {
  let tries = 0;
  const start = onFreePort([ownPort()], () => Promise.reject(new Error(`no luck ${++tries}`)));
  await expect(start).rejects.toThrow('no luck 1');
});

test.each([
  ['Temporal', "can't set frontend port: listen tcp 127.0.0.1:7233: bind: address already in use"],
  ['PostgreSQL', 'could not bind IPv4 address "127.0.0.1": Address already in use'],
])('%s is launched again after it met another one that has gone meanwhile', async (_, log) => {
  const launched = { pid: 1 } as ServerProcess;
  let tries = 0;
  const launch = (): Promise<ServerProcess> =>
    ++tries === 1
      ? Promise.reject(new Error(`it ended while it started. The end of its log:\n${log}`))
      : Promise.resolve(launched);
  expect((await launchOnFreePorts([[ownPort()]], launch)).first).toBe(launched);
  expect(tries).toBe(2);
});

test('a launch that fails for another reason is not tried again', async () => {
  let tries = 0;
  const launch = launchOnFreePorts([[ownPort()]], () => Promise.reject(new Error(`no luck ${++tries}`)));
  await expect(launch).rejects.toThrow('no luck 1');
});
