import type { QueryConfig } from 'pg';
import type { Artifact } from '../contracts/ports/artifact-store';

export function keepArtifact(workspace: string, { hash, body }: Artifact, retentionDays: number): QueryConfig {
  return {
    name: 'keep-artifact',
    text: keepArtifacts('(VALUES ($1::text, $2::text, $3::bytea))', '$4::float8'),
    values: [workspace, hash, body, retentionDays],
  };
}

/**
 * Of rows with workspace, hash and body. Many attempts come to the same, as `null`: what is there already and will be for nearly as long is left
 * alone, because whoever writes a row keeps all others from it until the end of the transaction.
 */
export function keepArtifacts(rows: string, retentionDays: string): string {
  return `
    INSERT INTO artifacts (workspace, hash, media_type, size_bytes, body, expires_at)
    SELECT workspace, hash, 'application/json', length(body), body, now() + ${retentionDays} * interval '1 day'
    FROM ${rows} AS given (workspace, hash, body)
    WHERE NOT EXISTS (SELECT FROM artifacts AS there WHERE there.workspace = given.workspace AND there.hash = given.hash
                      AND there.expires_at > now() + 0.9 * ${retentionDays} * interval '1 day' OFFSET 0)
    ON CONFLICT (workspace, hash) DO UPDATE SET expires_at = greatest(artifacts.expires_at, excluded.expires_at)`;
}
