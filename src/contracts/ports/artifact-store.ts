import type { Json } from '../../domain/json';

/** Outputs, inputs and other documents, kept outside of workflow history and addressed by the SHA-256 of their bytes. */
export interface ArtifactStore {
  /** Stores a JSON value and returns its hash; storing the same value again extends its retention. */
  putJson(workspace: string, value: Json): Promise<string>;
  /** Values by hash. Throws ARTIFACT_NOT_FOUND where one is missing. */
  getJson(workspace: string, hashes: string[]): Promise<Map<string, Json>>;
  /** Deletes what is past its retention and no open session uses; returns how many. */
  deleteExpired(): Promise<number>;
}
