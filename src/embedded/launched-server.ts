import type { DataDirectory } from './data-directory';
import type { EmbeddedServersOptions } from './embedded-servers';
import type { ServerProcess } from './server-process';
import type { RememberedPorts, ServersRecord } from './servers-record';

/** A server that answers, and how to start it again on the same ports and data. */
export interface LaunchedServer {
  name: string;
  ports: number[];
  first: ServerProcess;
  /** Settles when the server answers. On abort it ends what it started and rejects. */
  launch(signal: AbortSignal): Promise<ServerProcess>;
}

/** What the start of a server needs to know. */
export interface StartContext {
  data: DataDirectory;
  options: EmbeddedServersOptions & Required<Pick<EmbeddedServersOptions, 'onProgress' | 'systemDirectory'>>;
  /** Ports to try, the most wanted first. */
  wishes: readonly RememberedPorts[];
  record: RecordKeeper;
  signal: AbortSignal;
}

export interface RecordKeeper {
  /** Changes the record of the running servers and writes it down, synchronously. */
  update(change: Partial<ServersRecord>): void;
}
