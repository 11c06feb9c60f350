/** Of each call. */
export interface CallOptions {
  /** Gives up waiting; what was asked for may be done all the same. */
  signal?: AbortSignal;
  /** Of one try. */
  timeoutMs?: number;
}

/** Of calls that change something. */
export interface ChangeOptions extends CallOptions {
  /** Names the call: made again with the same key, also by another program with the same token, it is done once. Made where it is absent. */
  idempotencyKey?: string;
}

/** Of calls that change what was read before. */
export interface IfMatchOptions extends CallOptions {
  /** The `etag` of what was read: rejects with PRECONDITION_FAILED where something else was written since. */
  ifMatch?: string;
}

/** How a client goes about its requests, whatever way they go. */
export interface ClientSettings {
  /** How often a request is repeated that can succeed later. Default 4. */
  retries?: number;
  /** How long one try may take. Default 30,000. */
  timeoutMs?: number;
  /** A stream of events that is silent for longer, without even a heartbeat, is opened anew. Default 60,000. */
  silenceMs?: number;
  /** Told of what passes by itself, before the pause that follows it. */
  onRetry?(error: unknown): void;
}

/** The part of `fetch` that a client needs. */
export type Fetch = (url: string, request: RequestInit) => Promise<Response>;

export interface HttpOptions extends ClientSettings {
  /** Of the API, e.g. http://127.0.0.1:4700. */
  apiUrl: string;
  /** `orc_api_…` or a JWT; a function is asked before each request. */
  token: string | (() => string | Promise<string>);
  /** Refused where the token is for another workspace. */
  workspace?: string;
  /** Default: the one of the platform. */
  fetch?: Fetch;
}

/** The way to the API: over the network, or into this process. */
export interface Connection {
  apiUrl: string;
  fetch: Fetch;
  headers(): Record<string, string> | Promise<Record<string, string>>;
  close?(): Promise<void>;
}
