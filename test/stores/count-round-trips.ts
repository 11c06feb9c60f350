import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A way to PostgreSQL that counts how often it is waited for. */
export interface CountedWay {
  url: string;
  during(work: () => Promise<unknown>): Promise<number>;
  close(): Promise<void>;
}

/** Whoever says nothing for so long waits. */
const silenceMs = 250;

/** Passes on what is said over a connection, answers only when nothing more is asked: what is sent without waiting for an answer is one round trip. */
export async function countRoundTrips(databaseUrl: string): Promise<CountedWay> {
  const { hostname, port } = new URL(databaseUrl);
  let count = 0;
  const server = createServer((client) => {
    const database = connect(Number(port), hostname);
    for (const socket of [client, database]) socket.setNoDelay();
    let isAnswered = true;
    const answers: Buffer[] = [];
    const answering = setTimeout(() => {
      if (answers.length === 0) return;
      isAnswered = true;
      client.write(Buffer.concat(answers.splice(0)));
    }, silenceMs);
    client.on('data', (chunk) => {
      if (isAnswered) count += 1;
      isAnswered = false;
      database.write(chunk);
      answering.refresh();
    });
    database.on('data', (chunk) => {
      answers.push(chunk);
      answering.refresh();
    });
    client.on('close', () => {
      clearTimeout(answering);
      database.destroy();
    });
    database.on('close', () => client.destroy());
    client.on('error', () => undefined);
    database.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(databaseUrl);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.toString(),
    during: async (work) => {
      const before = count;
      await work();
      return count - before;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
