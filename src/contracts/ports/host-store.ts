import type { AgentDefinition } from '../../domain/agents/agent';
import type { Page } from './page';

/** Hosts, and the agents that live on them. */
export interface HostStore {
  /**
   * Makes a process the host of that name, puts its agents into the registry as `agent@host`, and takes those out that it has no longer; one of
   * them that still works takes no new work. Throws HOST_TAKEN where another process is the host, unless `mayReplace` says that this one is gone.
   */
  join(host: NewHost, mayReplace: (holder: string) => boolean): Promise<void>;
  /** The host is there; false where another process has taken its place. */
  beat(host: HeldHost): Promise<boolean>;
  /** Gives its agents no new work. */
  drain(host: HeldHost): Promise<void>;
  /** Nobody is there to do the work of its agents. */
  leave(host: HeldHost): Promise<void>;
  /** Attempts in flight. */
  running(host: HostKey): Promise<number>;
  /** By name; all, where no page is asked for. */
  list(workspace: string, page?: Page<[name: string]>): Promise<HostOverview[]>;
  /** Takes a host out that is not there, with its agents. Throws HOST_NOT_FOUND, and COMMAND_REFUSED while it is there or has attempts in flight. */
  remove(host: HostKey): Promise<void>;
}

export interface HostKey {
  workspace: string;
  name: string;
}

export interface HeldHost extends HostKey {
  /** The process that is the host. */
  holder: string;
}

export interface NewHost extends HeldHost {
  /** Attempts at once, of all its agents. */
  maxConcurrent: number;
  /** Under their names without the host. */
  agents: readonly AgentDefinition[];
}

export interface HostOverview extends HostKey {
  status: 'online' | 'busy' | 'draining' | 'offline';
  /** Their names without the host. */
  agents: string[];
  running: number;
  maxConcurrent: number;
  /** Milliseconds since 1970. */
  startedAt: number;
  seenAt: number;
}
