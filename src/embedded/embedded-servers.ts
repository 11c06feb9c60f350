import type { OrchestraError } from '../domain/errors';

export type ServerName = 'temporal' | 'postgres';

export interface EmbeddedServersOptions {
  /** Holds all state; made where it is missing. `.orchestra` in the working directory by custom. */
  dataDirectory: string;
  /** The process's environment: `PATH` and `XDG_CACHE_HOME` are looked at, and `go` gets all of it. */
  environment: NodeJS.ProcessEnv;
  /** Use this Temporal command line and no other. */
  temporalExecutable?: string;
  /** The one that runs somewhere else: it is neither looked for nor started. Default none. */
  elsewhere?: ServerName;
  /** Without the Temporal Web UI; for tests. Default false. */
  headless?: boolean;
  /** `full` loses nothing of Temporal's state when power is lost, at a quarter of the speed. Default `normal`. */
  durability?: 'normal' | 'full';
  /** Tried first; those of the last start come next, then 7233, 8233 and 54329, then free ones close by. */
  ports?: { temporal?: number; webUi?: number; postgres?: number };
  /** Where root keeps what its PostgreSQL user cannot reach in the data folder. Default `/var/lib/agent-orchestra`. */
  systemDirectory?: string;
  /** Gives up starting; once started, use `stop`. */
  signal?: AbortSignal;
  /** Hears, in sentences for people, what takes long and what was noticed. */
  onProgress?: (message: string) => void;
  /** Hears that a server could not be kept running: it is down and stays down until all is stopped and started again. */
  onFailure?: (error: OrchestraError) => void;
}

/** A running PostgreSQL and a running Temporal server. */
export interface EmbeddedServers extends Ownership {
  /** `webUiUrl` is null where the servers were started headless. `pid` changes when the server is restarted after a crash. */
  temporal: { address: string; namespace: string; webUiUrl: string | null; pid(): number };
  /** `url` holds the password. */
  postgres: { url: string; pid(): number };
}

/** As `EmbeddedServers`; null is the one that runs elsewhere. */
export type SomeEmbeddedServers = Ownership & { [Name in ServerName]: EmbeddedServers[Name] | null };

interface Ownership {
  /** False where another process had started them: then `stop` does nothing, and they end when that process does. */
  owned: boolean;
  ownerPid: number;
  /** Ends both servers and waits until they are gone. */
  stop(): Promise<void>;
}
