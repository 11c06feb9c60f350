import { createHash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import type { AuditLog, AuditSigner } from '../contracts/ports/audit-log';
import type { AuditAction, AuditEntry } from '../domain/audit/audit-entry';
import { linkText, signedText } from '../domain/audit/chain';
import { ChainVerifier } from '../domain/audit/verify-chain';
import type { AuditCrypto, StoredPlace } from '../domain/audit/verify-chain';
import { readAnchors, readEntries, readHead } from './audit-rows';
import { batched } from './batch';
import { databaseJson } from './database-text';
import { inWorkspace } from './scope';
import { inTransaction } from './transaction';

export interface AuditLogOptions {
  /** Undefined: chains are not signed. */
  signer(): AuditSigner | undefined;
  crypto(): AuditCrypto;
  /** How long the end of a chain stays without an anchor. */
  anchorEveryMs: number;
  /** Keeps an anchor outside the database as well. */
  keepAnchor(anchor: StoredPlace): Promise<void>;
  now(): number;
  onError(error: unknown): void;
}

/** Chains in PostgreSQL. Appending takes the row of the chain's head, so that processes take turns; each brings all that it has. */
export function createAuditLog(pool: Pool, options: AuditLogOptions): AuditLog {
  const { crypto, now } = options;
  const chains = new Map<string, (action: AuditAction & { at: number }) => Promise<number>>();
  const unanchored = new Set<string>();
  const underWay = new Set<Promise<unknown>>();
  let timer: NodeJS.Timeout | undefined;

  const appendAll = (workspace: string, actions: (AuditAction & { at: number })[]): Promise<number[]> =>
    inTransaction(inWorkspace(pool, workspace), async (client) => {
      const { rows } = await client.query<{ seq: number; hash: string }>(takeHeadText, [workspace]);
      let { seq, hash } = rows[0] as { seq: number; hash: string };
      const written = actions.map((action) => {
        // As the database will give it back.
        const entry = JSON.parse(databaseJson({ ...action, workspace, seq: ++seq })) as AuditEntry;
        hash = createHash('sha256').update(linkText(hash, entry)).digest('hex');
        return { seq, entry, hash };
      });
      const head = { kind: 'head', workspace, seq, hash } as const;
      const signer = options.signer();
      const signature = signer?.sign(signedText({ ...head, keyId: signer.keyId }));
      return {
        result: written.map((row) => row.seq),
        writes: [
          { text: insertText, values: [workspace, JSON.stringify(written)] },
          { text: moveHeadText, values: [workspace, seq, hash, signer?.keyId ?? null, signature ?? null] },
        ],
      };
    });

  const chainOf = (workspace: string): ((action: AuditAction & { at: number }) => Promise<number>) => {
    const known = chains.get(workspace);
    if (known) return known;
    const made = batched((actions: (AuditAction & { at: number })[]) => appendAll(workspace, actions));
    chains.set(workspace, made);
    return made;
  };

  const anchorNow = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const workspaces = [...unanchored];
    unanchored.clear();
    for (const workspace of workspaces) await anchor(pool, workspace, options).catch(options.onError);
  };

  const anchorLater = (workspace: string): void => {
    if (!options.signer()) return;
    unanchored.add(workspace);
    timer ??= setTimeout(() => void track(anchorNow()), options.anchorEveryMs).unref();
  };

  const track = <T>(work: Promise<T>): Promise<T> => {
    const tracked = work.catch(() => undefined).finally(() => underWay.delete(tracked));
    underWay.add(tracked);
    return work;
  };

  return {
    append: async (workspace, action) => {
      const seq = await track(chainOf(workspace)({ ...action, at: now() }));
      anchorLater(workspace);
      return seq;
    },

    list: async (workspace, { actor, action, outcome, since, before, limit }) => {
      const { rows } = await inWorkspace(pool, workspace).query<{ entry: AuditEntry }>(
        `SELECT entry FROM audit_log
         WHERE workspace = $1 AND ($2::bigint IS NULL OR seq < $2) AND ($3::text IS NULL OR entry ->> 'actor' = $3)
           AND ($4::text IS NULL OR entry ->> 'action' = $4) AND ($5::text IS NULL OR entry ->> 'outcome' = $5)
           AND ($6::bigint IS NULL OR (entry ->> 'at')::bigint >= $6)
         ORDER BY seq DESC LIMIT $7`,
        [workspace, before ?? null, actor ?? null, action ?? null, outcome ?? null, since ?? null, limit],
      );
      return rows.map(({ entry }) => entry);
    },

    verify: (workspace, kept = []) =>
      atOneMoment(pool, workspace, async (client) => {
        const head = await readHead(client, workspace);
        const anchors = await readAnchors(client, workspace);
        const verifier = new ChainVerifier(workspace, head, [...anchors, ...kept], crypto());
        for await (const entry of readEntries(client, workspace)) verifier.take(entry);
        return verifier.end();
      }),

    export: (workspace, each) =>
      atOneMoment(pool, workspace, async (client) => {
        for await (const entry of readEntries(client, workspace)) await each({ entry });
        const head = await readHead(client, workspace);
        if (head) await each({ place: head });
        for (const place of await readAnchors(client, workspace)) await each({ place });
      }),

    close: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
      await anchorNow();
    },
  };
}

/** The chain is left as it is: whoever appends next need not wait. */
async function anchor(
  pool: Pool,
  workspace: string,
  { signer: signerOf, now, keepAnchor }: AuditLogOptions,
): Promise<void> {
  const signer = signerOf();
  const scope = inWorkspace(pool, workspace);
  const head = await readHead(scope, workspace);
  if (!signer || !head) return;
  const { keyId } = signer;
  const place = { kind: 'anchor', workspace, seq: head.seq, hash: head.hash, at: now(), keyId } as const;
  const made = { ...place, signature: signer.sign(signedText(place)) };
  const { rowCount } = await scope.query(
    `INSERT INTO audit_anchors (workspace, seq, at, hash, key_id, signature)
     VALUES ($1, $2, $3, decode($4, 'hex'), $5, decode($6, 'base64')) ON CONFLICT DO NOTHING`,
    [workspace, made.seq, made.at, made.hash, keyId, made.signature],
  );
  // Another process was first.
  if (rowCount !== 0) await keepAnchor(made);
}

/** Entries, head and anchors that belong together, while others append. */
async function atOneMoment<T>(pool: Pool, workspace: string, work: (client: PoolClient) => Promise<T>): Promise<T> {
  return inTransaction(inWorkspace(pool, workspace), async (client) => {
    await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    return { result: await work(client), writes: [] };
  });
}

const takeHeadText = `
  INSERT INTO audit_heads AS head (workspace, seq, hash) VALUES ($1, 0, decode(repeat('00', 32), 'hex'))
  ON CONFLICT (workspace) DO UPDATE SET seq = head.seq RETURNING seq, encode(hash, 'hex') AS hash`;

const insertText = `
  INSERT INTO audit_log (workspace, seq, entry, hash)
  SELECT $1, seq, entry, decode(hash, 'hex') FROM jsonb_to_recordset($2) AS written (seq bigint, entry jsonb, hash text)`;

const moveHeadText = `
  UPDATE audit_heads SET seq = $2, hash = decode($3, 'hex'), key_id = $4, signature = decode($5, 'base64') WHERE workspace = $1`;
