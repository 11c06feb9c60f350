import { rmSync } from 'node:fs';

export default async function stopServers(): Promise<void> {
  await globalThis.testServers?.stop();
  const dataDirectory = process.env['TEST_SERVERS_DATA'];
  if (dataDirectory !== undefined) rmSync(dataDirectory, { recursive: true, force: true });
}
