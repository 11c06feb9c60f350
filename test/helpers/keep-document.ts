import type { Pool } from 'pg';
import { jsonArtifact } from '../../src/contracts/schemas/json-artifact';
import type { Json } from '../../src/domain/json';
import { keepArtifact } from '../../src/stores/artifact-writing';
import { inWorkspace } from '../../src/stores/scope';

/** Keeps a document as sessions do, for 30 days, and returns its hash. */
export async function keepDocument(pool: Pool, workspace: string, document: Json): Promise<string> {
  const artifact = jsonArtifact(document);
  await inWorkspace(pool, workspace).query(keepArtifact(workspace, artifact, 30));
  return artifact.hash;
}
