/** A plan under its name: what is changed in it is another version. */
export interface PlanVersion {
  hash: string;
  /** When it was used first; milliseconds since 1970. */
  storedAt: number;
}

export interface PlanVersions {
  /** The latest first. */
  list(workspace: string, name: string, limit: number): Promise<PlanVersion[]>;
}
