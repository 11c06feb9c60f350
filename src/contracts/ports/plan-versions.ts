import type { Page } from './page';

/** A plan under its name: what is changed in it is another version. */
export interface PlanVersion {
  hash: string;
  /** When it was used first; milliseconds since 1970. */
  storedAt: number;
}

/** A name under which plans were run. */
export interface NamedPlan {
  name: string;
  /** How many. */
  versions: number;
  latest: PlanVersion;
}

export interface PlanVersions {
  /** By name. */
  names(workspace: string, page: Page<[name: string]>): Promise<NamedPlan[]>;
  /** The latest first. */
  list(workspace: string, name: string, page: Page<[storedAt: number, hash: string]>): Promise<PlanVersion[]>;
}
