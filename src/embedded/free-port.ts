import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** How many ports above the last preferred one are tried before the system chooses. */
const neighbours = 20;

/** The first preferred port that is free on the loopback address, else one close above the last of them, else any. */
export async function findFreePort(preferred: readonly number[], taken: readonly number[] = []): Promise<number> {
  const last = preferred.at(-1) ?? 0;
  const close = Array.from({ length: neighbours }, (_, index) => last + 1 + index);
  for (const port of [...preferred, ...close]) {
    if (!taken.includes(port) && (await isPortFree(port))) return port;
  }
  return (await listenOn(0)) ?? 0;
}

/** Enough for as many programs that look for a port at the same moment. */
const startsOnPort = 5;

/** Starts what listens on a free port, chosen as `findFreePort` does, and chooses again where another program takes it in the moment between. */
export async function onFreePort<T>(preferred: readonly number[], start: (port: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start(await findFreePort(preferred));
    } catch (error) {
      if (attempt === startsOnPort || !isTaken(error)) throw error;
    }
  }
}

function isTaken(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (error as NodeJS.ErrnoException).code === 'EADDRINUSE' || isTaken(error.cause);
}

/** A port that the system has chosen, which nothing listens on; two processes that ask at once get different ones. */
export async function anyFreePort(): Promise<number> {
  return (await listenOn(0)) ?? 0;
}

/** Whether nothing listens on this port of the loopback address at this moment. */
export async function isPortFree(port: number): Promise<boolean> {
  return (await listenOn(port)) !== null;
}

/** Listens for a moment; the port, or null where that is not possible. */
async function listenOn(port: number): Promise<number | null> {
  const server = createServer();
  try {
    server.listen({ port, host: '127.0.0.1', exclusive: true });
    await once(server, 'listening');
    const { port: actual } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    return actual;
  } catch {
    return null;
  }
}
