import { LRUCache } from 'lru-cache';
import type { Pool } from 'pg';
import type { Artifact, ArtifactStore } from '../contracts/ports/artifact-store';
import { OrchestraError } from '../domain/errors';
import type { Json } from '../domain/json';
import { acrossWorkspaces, inWorkspace } from './scope';

export interface ArtifactOptions {
  /** How long an artifact is kept after it was last stored, if no open session needs it. */
  retentionDays: number;
  /** Of the cache in this process. */
  cacheBytes?: number;
}

/** An artifact store with a cache, which other stores that write artifacts may fill. */
export interface CachingArtifactStore extends ArtifactStore {
  /** Keeps at hand what was stored under this hash. */
  keepAtHand(workspace: string, artifact: Artifact): void;
}

/** Artifacts in PostgreSQL, readable from every host. Bytes never change under their hash, so they are cached. */
export function createArtifactStore(
  pool: Pool,
  { retentionDays, cacheBytes = 64 * 1024 * 1024 }: ArtifactOptions,
): CachingArtifactStore {
  const cache = new LRUCache<string, Buffer>({ maxSize: cacheBytes, sizeCalculation: (body) => body.length + 200 });
  return {
    getJson: async (workspace, hashes) => {
      const found = new Map<string, Json>();
      const missing = new Set<string>();
      for (const hash of hashes) {
        const body = cache.get(`${workspace}/${hash}`);
        if (body) found.set(hash, parse(body));
        else missing.add(hash);
      }
      if (missing.size === 0) return found;
      const { rows } = await inWorkspace(pool, workspace).query<{ hash: string; body: Buffer }>({
        name: 'get-artifacts',
        text: 'SELECT hash, body FROM artifacts WHERE workspace = $1 AND hash = ANY ($2)',
        values: [workspace, [...missing]],
      });
      for (const { hash, body } of rows) {
        cache.set(`${workspace}/${hash}`, body);
        found.set(hash, parse(body));
        missing.delete(hash);
      }
      const [absent] = missing;
      if (absent === undefined) return found;
      throw new OrchestraError(
        'ARTIFACT_NOT_FOUND',
        `Artifact ${absent} of workspace "${workspace}" is gone: it was past its retention of ${retentionDays} days. Run the task again.`,
      );
    },

    keepAtHand: (workspace, { hash, body }) => void cache.set(`${workspace}/${hash}`, body),

    deleteExpired: async () => {
      const { rowCount } = await acrossWorkspaces(pool, 'backstop').query(`
        DELETE FROM artifacts AS expired WHERE expires_at < now() AND NOT EXISTS (
          SELECT FROM sessions LEFT JOIN outcomes ON outcomes.workspace = sessions.workspace AND outcomes.session = sessions.id
          WHERE sessions.workspace = expired.workspace AND sessions.ended_at IS NULL
            AND expired.hash IN (sessions.inputs_hash, outcomes.output_hash))`);
      return rowCount ?? 0;
    },
  };
}

function parse(body: Buffer): Json {
  return JSON.parse(body.toString('utf8')) as Json;
}
