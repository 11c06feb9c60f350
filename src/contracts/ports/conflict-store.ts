import type { Holder, RunName, Waiter } from '../../domain/conflicts/conflict-line';

/** Who has resources of a workspace, and who waits for some. */
export interface WorkspaceClaims {
  holders: ResourceHolder[];
  /** In no order. */
  waiters: ResourceWaiter[];
}

/** An attempt in flight that writes or reads something. */
export interface ResourceHolder extends Holder {
  attempt: number;
  /** Whom it would have waited for, in words, where somebody let it go ahead all the same. */
  inSpiteOf: string | null;
}

export interface ResourceWaiter extends Waiter {
  /** Names this wait: who lines up again gets another. */
  ticket: number;
  /** The question that is asked about it, where there is one. */
  approval: string | null;
  isAnswered: boolean;
}

/** The same as a turn sees it. */
export interface ClaimsInTurn extends WorkspaceClaims {
  /** For a child session: the runs that it works for, its parent's and those of the parents of that. */
  worksFor: RunName[];
}

export interface ConflictStore {
  /** Those in which runs wait for resources. */
  waitingWorkspaces(): Promise<string[]>;
  claims(workspace: string): Promise<WorkspaceClaims>;
  /** Marks these waits as told; returns those that nobody has told within `patienceMs`. */
  tell(workspace: string, tickets: number[], patienceMs: number): Promise<number[]>;
}
