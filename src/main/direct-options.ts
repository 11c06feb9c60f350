import type { ClientSettings } from '../sdk/client/options';

/** Where the servers are that a client talks to without the HTTP API. */
export interface DirectOptions extends ClientSettings {
  /** `host:port` of Temporal's frontend. TLS and API key come from its own variables (TEMPORAL_TLS, TEMPORAL_API_KEY, …). */
  temporal: string | { address: string; namespace?: string };
  /** Address of the database, as `postgres://…`. Whoever has it has all rights; the client is an admin of its workspace. */
  database: string;
  /** Default `default`. */
  workspace?: string;
  /** That of the workers. Default `orchestra`. */
  taskQueue?: string;
  /** Who does what is done, for records. Default `sdk`. */
  as?: string;
  /** Other settings, by the names that the README has for them. Default: those of the process. */
  environment?: Readonly<Record<string, string | undefined>>;
  /** Told of what takes long or goes wrong on the way, in a sentence. */
  onReport?(message: string): void;
}
