import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { listensOn } from '../../../src/processes/listens-on';

test('listensOn tells the process that listens from others', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(listensOn(process.pid, port)).toBe(true);
  expect(listensOn(process.ppid, port)).toBe(false);
  server.close();
  await once(server, 'close');
  expect(listensOn(process.pid, port)).toBe(false);
});
