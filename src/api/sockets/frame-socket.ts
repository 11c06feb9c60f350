import type { WebSocket } from '@fastify/websocket';
import { leaveFrame, requestFrame } from '../../contracts/schemas/agent-socket';
import { OrchestraError } from '../../domain/errors';
import { isOfToken } from '../identify';
import { parsePart } from '../parse-request';
import type { Reply } from '../route';

/** What is done with the requests of a socket. */
export interface FrameSocketOptions {
  readJson(bytes: Buffer): unknown;
  /** Does what a frame asks for, and resolves with the answer. */
  perform(frame: FrameRequest, gone: AbortSignal): Promise<PerformedFrame>;
  /** How a request is answered that cannot be fulfilled. */
  refuse(error: unknown): FrameAnswer;
  /** Whether the token would be taken now. */
  mayStill(): Promise<boolean>;
  /** From the other side, so far: a long frame on a slow network is a sign of life before all of it is there. */
  bytesRead(): number;
  /** How often it is looked whether the other side is there. Default 15 s. */
  pingMs?: number;
}

export interface FrameRequest {
  verb: string;
  body: unknown;
  /** Of the whole frame. */
  bytes: number;
  traceparent: string | undefined;
}

export interface FrameAnswer {
  status: number;
  body: unknown;
  /** Seconds. */
  retryAfter?: number;
}

export type PerformedFrame = FrameAnswer & Pick<Reply<unknown>, 'undelivered'>;

/** Requests of one socket at a time; what is beyond is not read before one has ended. */
const maxUnderWay = 64;

/** Whoever does not read what they are sent is not read either. */
const maxUnsentCharacters = 1024 * 1024;

/** Requests that are under way when the API stops are waited for so long. */
const patienceMs = 5_000;

export const closeCodes = { goingAway: 1001, policyViolation: 1008, tryAgainLater: 1013 } as const;

const open = 1;

/** Requests and their answers as frames of one WebSocket, many at a time. */
export class FrameSocket {
  /** Resolves once the connection is gone. */
  readonly closed: Promise<void>;
  private readonly underWay = new Map<string, AbortController>();
  /** Came with others in one piece of the network, when enough were under way. */
  private readonly queue: (() => void)[] = [];
  private readonly looking: NodeJS.Timeout;
  private unsent = 0;
  private isAlive = true;
  private bytesRead = 0;
  private isStopping = false;
  private wentQuiet: () => void = () => undefined;

  constructor(
    private readonly socket: WebSocket,
    private readonly options: FrameSocketOptions,
  ) {
    this.looking = setInterval(() => void this.look(), options.pingMs ?? 15_000);
    this.looking.unref();
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        clearInterval(this.looking);
        for (const gone of this.underWay.values()) gone.abort('closed');
        resolve();
      });
    });
    socket.on('message', (data, isBinary) => void this.hear(data as Buffer, isBinary));
    // Such as a frame that is larger than any may be: the library closes the socket, and says why.
    socket.on('error', () => undefined);
  }

  /** Takes no more requests, answers those that are under way, and closes. */
  async stop(): Promise<void> {
    this.isStopping = true;
    let timer: NodeJS.Timeout | undefined;
    if (this.underWay.size > 0) {
      await new Promise<void>((resolve) => {
        this.wentQuiet = resolve;
        timer = setTimeout(resolve, patienceMs);
      });
      clearTimeout(timer);
    }
    this.socket.close(closeCodes.goingAway, 'The API stops. Connect again.');
    timer = setTimeout(() => this.socket.terminate(), patienceMs);
    await this.closed;
    clearTimeout(timer);
  }

  private async hear(bytes: Buffer, isBinary: boolean): Promise<void> {
    let id: string | null = null;
    try {
      if (isBinary) throw new OrchestraError('USAGE', 'The frame is binary. Send JSON, as text.');
      const frame = this.options.readJson(bytes);
      id = idOf(frame);
      if (isLeave(frame)) {
        this.underWay.get(parsePart('body', leaveFrame, frame).leave)?.abort('left');
        return;
      }
      const { verb, body, traceparent } = parsePart('body', requestFrame, frame);
      await this.answer(id ?? '', { verb, body, bytes: bytes.length, traceparent });
    } catch (error) {
      this.send({ id, ...this.options.refuse(error) });
    }
  }

  private async answer(id: string, request: FrameRequest): Promise<void> {
    if (this.underWay.size >= maxUnderWay) await new Promise<void>((resolve) => this.queue.push(resolve));
    try {
      await this.answerNow(id, request);
    } finally {
      this.queue.shift()?.();
    }
  }

  private async answerNow(id: string, request: FrameRequest): Promise<void> {
    // Nobody would hear the answer, or do what is claimed.
    if (this.socket.readyState !== open) return;
    if (this.isStopping) throw new OrchestraError('SERVER_UNAVAILABLE', 'The API stops. Connect again.');
    if (this.underWay.has(id)) {
      throw new OrchestraError('USAGE', `A request "${id}" is under way. Give each request of a socket its own id.`);
    }
    const gone = new AbortController();
    this.underWay.set(id, gone);
    this.regulate();
    try {
      const { undelivered, ...answer } = await this.options.perform(request, gone.signal);
      this.send({ id, ...answer }, undelivered);
    } catch (error) {
      this.send({ id, ...this.options.refuse(error) });
      if (isOfToken(error)) this.socket.close(closeCodes.policyViolation, error.code);
    } finally {
      this.underWay.delete(id);
      if (this.underWay.size === 0) this.wentQuiet();
      this.regulate();
    }
  }

  private send(frame: { id: string | null } & FrameAnswer, undelivered: () => void = () => undefined): void {
    if (this.socket.readyState !== open) return undelivered();
    const text = JSON.stringify(frame);
    this.unsent += text.length;
    this.socket.send(text, (error) => {
      this.unsent -= text.length;
      if (error) return undelivered();
      this.isAlive = true;
      this.regulate();
    });
    this.regulate();
  }

  /** Back-pressure: the other side's network tells it that nobody reads. */
  private regulate(): void {
    const isFull = this.underWay.size >= maxUnderWay || this.unsent > maxUnsentCharacters;
    if (isFull === this.socket.isPaused) return;
    if (isFull) return this.socket.pause();
    // What it had to say meanwhile has not been heard yet.
    this.isAlive = true;
    this.socket.resume();
  }

  /** A side that is not there any more, or reads nothing, is let go; so is one whose token was revoked. */
  private async look(): Promise<void> {
    const bytesRead = this.options.bytesRead();
    // Pongs are among them.
    if (bytesRead > this.bytesRead) this.isAlive = true;
    this.bytesRead = bytesRead;
    // Where nobody reads here, no sign of life is heard.
    const isHeard = !this.socket.isPaused || this.unsent > maxUnsentCharacters;
    if (!this.isAlive && isHeard) return this.socket.terminate();
    this.isAlive = false;
    this.socket.ping();
    if (!(await this.options.mayStill())) this.socket.close(closeCodes.policyViolation, 'TOKEN_INVALID');
  }
}

function isLeave(frame: unknown): boolean {
  return typeof frame === 'object' && frame !== null && 'leave' in frame;
}

/** As far as it can be read: whoever sent the frame is to know which one is meant. */
function idOf(frame: unknown): string | null {
  const { id } = (typeof frame === 'object' && frame !== null ? frame : {}) as { id?: unknown };
  return typeof id === 'string' && id.length <= 100 ? id : null;
}
