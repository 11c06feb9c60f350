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
  /** By name; `after`: the last name of the page before. */
  names(workspace: string, limit: number, after?: string): Promise<NamedPlan[]>;
  /** The latest first. */
  list(workspace: string, name: string, limit: number): Promise<PlanVersion[]>;
}
