import type { WebSocket } from 'ws';
import type { RemoteWork } from '../../contracts/ports/remote-agents';
import type { AgentApi, ApiAddress } from '../agent-api';
import type {
  AgentTransport,
  AskOptions,
  AttemptReference,
  Claim,
  Heartbeat,
  StoppedAttempt,
} from '../agent-transport';
import { orAborted } from '../or-aborted';
import { FrameRequests } from './frame-requests';
import { NoSocket, openSocket } from './open-socket';

/** Where no socket can be had, one is tried for again after so long. */
const withoutSocketMs = 60_000;

/** A frame beyond the API's limit would end the connection; what comes by itself is refused in words. */
const maxFrameCharacters = 4 * 1024 * 1024;

/** The requests of an agent over one socket, which is opened again when it was cut; each by itself where no socket can be had. */
export class SocketTransport implements AgentTransport {
  readonly tellsAtOnce = true;
  private opening: Promise<FrameRequests> | undefined;
  private socket: WebSocket | undefined;
  private pollsUntil = 0;
  private isClosed = false;

  constructor(
    private readonly address: ApiAddress,
    private readonly polling: AgentApi,
    private readonly onError: (error: unknown) => void,
  ) {}

  claim(body: Claim, signal?: AbortSignal): Promise<{ work: RemoteWork[] }> {
    return this.ask('claim', body, { signal });
  }

  heartbeat(body: Heartbeat, signal: AbortSignal): Promise<{ stop: StoppedAttempt[] }> {
    return this.ask('heartbeat', body, { signal });
  }

  settle(how: 'complete' | 'fail', body: AttemptReference, traceparent?: string): Promise<{ verdict: string }> {
    return this.ask(how, body, { traceparent });
  }

  close(): void {
    this.isClosed = true;
    this.socket?.close();
  }

  private async ask<Answer>(verb: string, body: object, options: AskOptions): Promise<Answer> {
    // Whoever stops does not wait for a connection.
    const socket = isTooLarge(verb, body) ? undefined : await orAborted(this.connected(), options.signal);
    return socket ? socket.ask(verb, body, options) : this.polling.post(verb, body, options);
  }

  /** Undefined where there is no socket. */
  private async connected(): Promise<FrameRequests | undefined> {
    if (Date.now() < this.pollsUntil) return undefined;
    try {
      this.opening ??= this.open();
      return await this.opening;
    } catch (error) {
      this.opening = undefined;
      if (!(error instanceof NoSocket)) throw error;
      if (Date.now() >= this.pollsUntil) this.onError(error);
      this.pollsUntil = Date.now() + withoutSocketMs;
      return undefined;
    }
  }

  private async open(): Promise<FrameRequests> {
    const socket = await openSocket(this.address);
    this.socket = socket;
    // It was stopped meanwhile, perhaps: nobody else would close it.
    if (this.isClosed) socket.close();
    return new FrameRequests(socket, () => (this.opening = undefined));
  }
}

function isTooLarge(verb: string, body: object): boolean {
  return verb === 'complete' && JSON.stringify(body).length > maxFrameCharacters;
}
