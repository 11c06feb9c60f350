import { createHash } from 'node:crypto';
import type { Json } from '../../domain/json';
import type { Artifact } from '../ports/artifact-store';

export function jsonArtifact(value: Json): Artifact {
  const body = Buffer.from(JSON.stringify(value));
  return { hash: createHash('sha256').update(body).digest('hex'), body };
}
