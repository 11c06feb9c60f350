import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Answer } from './remote-agent-client';

/** The socket of an agent, frame by frame. */
export class FrameClient {
  /** Frames that answer no request that was asked here. */
  readonly others: (Answer & { id: string | null })[] = [];
  private opening: Promise<WebSocket | Answer> | undefined;
  private readonly waiting = new Map<string, (answer: Answer) => void>();
  private asked = 0;

  constructor(
    private readonly url: string,
    private readonly agent: string,
    private readonly token: string,
    private readonly headers: Record<string, string> = {},
  ) {}

  /** The socket; what was answered where it was refused. */
  open(): Promise<WebSocket | Answer> {
    return (this.opening ??= this.connect());
  }

  async socket(): Promise<WebSocket> {
    const opened = await this.open();
    if (opened instanceof WebSocket) return opened;
    throw new Error(`the socket was refused: ${opened.status} ${JSON.stringify(opened.body)}`);
  }

  async ask(verb: string, body: object, id = `${(this.asked += 1)}`): Promise<Answer> {
    const socket = await this.open();
    if (!(socket instanceof WebSocket)) return socket;
    const answered = new Promise<Answer>((resolve) => this.waiting.set(id, resolve));
    socket.send(JSON.stringify({ id, verb, body }));
    return answered;
  }

  /** Sends anything, and resolves with the next frame that answers no request. */
  async say(frame: string | Buffer): Promise<Answer & { id: string | null }> {
    const socket = await this.socket();
    const told = once(socket, 'message');
    socket.send(frame);
    await told;
    const answer = this.others.pop();
    if (!answer) throw new Error('something else was answered');
    return answer;
  }

  private connect(): Promise<WebSocket | Answer> {
    const address = `${this.url.replace(/^http/, 'ws')}/v1/agents/${this.agent}/socket`;
    const socket = new WebSocket(address, { headers: { authorization: `Bearer ${this.token}`, ...this.headers } });
    socket.on('message', (data: Buffer) => {
      const { id, status, body } = JSON.parse(data.toString()) as Answer & { id: string | null };
      const answered = this.waiting.get(id ?? '');
      this.waiting.delete(id ?? '');
      if (answered) answered({ status, body });
      else this.others.push({ id, status, body });
    });
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(socket));
      socket.on('error', reject);
      socket.once('unexpected-response', (_, response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.once('end', () => {
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as Record<string, unknown> });
        });
      });
    });
  }
}
