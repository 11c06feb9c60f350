import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** Stands before a server and cuts each connection once so many bytes have gone to the client, wherever that is. */
export class CuttingProxy {
  cuts = 0;
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((client) => this.join(client));

  constructor(
    private readonly target: URL,
    private readonly bytesOf: (connection: number) => number,
  ) {}

  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  private join(client: Socket): void {
    const server = connect(Number(this.target.port), this.target.hostname);
    let left = this.bytesOf(this.cuts);
    for (const socket of [client, server]) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        this.sockets.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    client.pipe(server);
    server.on('data', (bytes: Buffer) => {
      const sent = bytes.subarray(0, left);
      left -= sent.length;
      // The rest is lost with the connection.
      client.write(sent, () => {
        if (left > 0 || client.destroyed) return;
        this.cuts += 1;
        client.destroy();
      });
    });
  }
}
