import type { Contender } from '../echo/contender';
import type { EchoWork } from '../echo/scenarios';

/** What an engine is opened with. */
export interface PeerSettings {
  /** A database of its own on the server that the project uses. */
  databaseUrl: string;
  /** For what it keeps outside of that. */
  folder: string;
}

/** An engine that runs echo work, each step on disk before the next begins. */
export interface Peer {
  name: string;
  version: string;
  /** Where steps are kept, and by which setting they are on disk. */
  durability: string;
  contender(work: EchoWork): Contender;
  close(): Promise<void>;
}

export type OpenPeer = (settings: PeerSettings) => Promise<Peer>;
