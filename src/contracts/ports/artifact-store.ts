import type { Json } from '../../domain/json';

/** A JSON document with the SHA-256 of its bytes, in hexadecimal digits: its address in a workspace. */
export interface Artifact {
  hash: string;
  body: Buffer;
}

/** Outputs, inputs and other documents, kept outside of workflow history and addressed by the SHA-256 of their bytes. */
export interface ArtifactStore {
  /** Values by hash. Throws ARTIFACT_NOT_FOUND where one is missing. */
  getJson(workspace: string, hashes: string[]): Promise<Map<string, Json>>;
  /** Deletes what is past its retention and no open session uses; returns how many. */
  deleteExpired(): Promise<number>;
}
