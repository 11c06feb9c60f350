import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { createRandom } from '../../src/domain/random';
import type { AuditAction } from '../../src/domain/audit/audit-entry';
import { linkText } from '../../src/domain/audit/chain';
import type { AuditVerification, StoredEntry, StoredPlace } from '../../src/domain/audit/verify-chain';
import { keptAnchors, openAuditLog } from '../../src/main/audit';
import { auditKeys } from '../../src/main/audit-keys';
import { readConfiguration } from '../../src/main/configuration';
import { createAuditLog } from '../../src/stores/audit-log';
import type { AuditLog } from '../../src/contracts/ports/audit-log';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
let superuser: Client;
beforeAll(async () => {
  stores = await openTestStores();
  // Who has taken over the database: no trigger holds.
  superuser = new Client({ connectionString: stores.databaseUrl });
  await superuser.connect();
  await superuser.query('SET session_replication_role = replica');
});
afterAll(async () => {
  await superuser.end();
  await stores.close();
});

const key = { id: 'audit-1', key: randomBytes(32) };
const crypto = auditKeys(() => [key]).crypto();

function openLog(keys = [key], kept: StoredPlace[] = []): AuditLog {
  return createAuditLog(stores.pool, {
    ...auditKeys(() => keys),
    anchorEveryMs: 3_600_000,
    keepAnchor: (anchor) => Promise.resolve(void kept.push(anchor)),
    now: Date.now,
    onError: (error) => {
      throw error;
    },
  });
}

const action = (n: number): AuditAction => ({
  actor: `token:ci/${n}`,
  action: 'POST /v1/sessions',
  target: { session: `s-${n}`, odd: 'ü\0\ud800"' },
  outcome: n % 5 === 0 ? 'denied' : 'succeeded',
  via: 'api',
});

let workspaces = 0;
/** A workspace with a chain of so many entries, and the anchors that were kept outside. */
async function newChain(length: number): Promise<{ workspace: string; kept: StoredPlace[] }> {
  const workspace = `audited-${++workspaces}`;
  const kept: StoredPlace[] = [];
  for (let from = 0; from < length; from += 7) {
    const log = openLog([key], kept);
    const batch = Array.from({ length: Math.min(7, length - from) }, (_, at) => action(from + at));
    await Promise.all(batch.map((one) => log.append(workspace, one)));
    await log.close();
  }
  return { workspace, kept };
}

const verify = (workspace: string, kept: StoredPlace[] = []): Promise<AuditVerification> =>
  openLog().verify(workspace, kept);

test('entries of several processes make one chain without gaps, in each workspace', async () => {
  const logs = [openLog(), openLog(), openLog()];
  const numbers = await Promise.all(
    Array.from({ length: 300 }, (_, n) => (logs[n % 3] as AuditLog).append(`shared-${n % 2}`, action(n))),
  );
  for (const parity of [0, 1]) {
    const own = numbers.filter((_, n) => n % 2 === parity).sort((left, right) => left - right);
    expect(own).toEqual(Array.from({ length: 150 }, (_, at) => at + 1));
    expect(await verify(`shared-${parity}`)).toMatchObject({ entries: 150, head: 150, signedTo: 150, faults: [] });
  }
  const [latest] = await openLog().list('shared-0', { limit: 1, outcome: 'denied' });
  expect(latest).toMatchObject({ workspace: 'shared-0', outcome: 'denied', via: 'api', at: expect.any(Number) });
  expect(await openLog().list('shared-0', { limit: 10, before: 4 })).toHaveLength(3);
  expect(await openLog().list('shared-0', { limit: 10, actor: 'token:ci/4' })).toMatchObject([
    { target: { session: 's-4' } },
  ]);
  expect(await openLog().list('shared-0', { limit: 10, since: Date.now() + 60_000 })).toEqual([]);
});

test('rows cannot be changed, removed or truncated, nor can the end go back', async () => {
  const { workspace } = await newChain(3);
  const statements = [
    `UPDATE audit_log SET entry = '{}' WHERE workspace = '${workspace}'`,
    `DELETE FROM audit_log WHERE workspace = '${workspace}'`,
    'TRUNCATE audit_log',
    `UPDATE audit_anchors SET seq = 1 WHERE workspace = '${workspace}'`,
    `DELETE FROM audit_anchors WHERE workspace = '${workspace}'`,
    'TRUNCATE audit_anchors',
    'TRUNCATE audit_heads',
    `DELETE FROM audit_heads WHERE workspace = '${workspace}'`,
    `UPDATE audit_heads SET seq = 1 WHERE workspace = '${workspace}'`,
    `UPDATE audit_heads SET hash = '' WHERE workspace = '${workspace}'`,
  ];
  for (const statement of statements) {
    await expect(stores.pool.query(statement)).rejects.toThrow('append-only');
  }
  expect(await verify(workspace)).toMatchObject({ entries: 3, faults: [] });
});

test('without a key, chains are unsigned; with one, that is a fault; keys can be rotated', async () => {
  const unsigned = openLog([]);
  await unsigned.append('rotating', action(1));
  expect(await unsigned.verify('rotating')).toMatchObject({ signedTo: 0, isSigned: false, faults: [] });
  expect((await verify('rotating')).faults).toEqual([{ seq: 1, detail: 'the head at 1 is not signed' }]);
  const old = openLog();
  await old.append('rotating', action(2));
  await old.close();
  expect(await verify('rotating')).toMatchObject({ signedTo: 2, isSigned: true, anchors: 1, faults: [] });
  const next = { id: 'audit-2', key: randomBytes(32) };
  await openLog([next, key]).append('rotating', action(3));
  expect(await openLog([next, key]).verify('rotating')).toMatchObject({ signedTo: 3, faults: [] });
  expect((await verify('rotating')).faults[0]?.detail).toContain('"audit-2", which is not there');
});

describe('anchors are kept besides the database', () => {
  const directory = mkdtempSync(join(tmpdir(), 'orchestra-anchors-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  /** What several processes with this environment keep, one after the other. */
  async function keep(workspace: string, environment: NodeJS.ProcessEnv): ReturnType<typeof keptAnchors> {
    const configuration = readConfiguration({ ORCHESTRA_DATA: directory, ...environment });
    for (let n = 1; n <= 2; n++) {
      const log = openAuditLog(stores.pool, configuration, (message) => {
        throw new Error(message);
      });
      await log.append(workspace, action(n));
      await log.close();
    }
    return keptAnchors(configuration);
  }
  const places = (workspace: string) => [1, 2].map((seq) => ({ kind: 'anchor', workspace, seq }));

  it('in the data folder, where the servers are those of it', async () => {
    const file = join(directory, 'audit-anchors.jsonl');
    expect(await keep('embedded', {})).toMatchObject({ file, anchors: places('embedded') });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    rmSync(file);
    expect(await keptAnchors(readConfiguration({ ORCHESTRA_DATA: directory }))).toEqual({ file, anchors: [] });
  });

  it('where somebody says, for a database elsewhere; signed, so that nothing else passes for one', async () => {
    const file = join(directory, 'elsewhere.jsonl');
    const elsewhere = {
      DATABASE_URL: stores.databaseUrl,
      ORCHESTRA_AUDIT_KEYS: `${key.id}:${key.key.toString('base64')}`,
    };
    const kept = await keep('elsewhere', { ...elsewhere, ORCHESTRA_AUDIT_ANCHORS: file });
    expect(kept).toMatchObject({ file, anchors: places('elsewhere') });
    const { anchors = [] } = kept ?? {};
    expect((await verify('elsewhere', anchors)).faults).toEqual([]);
    const forged = { ...(anchors[0] as StoredPlace), seq: 7 };
    expect((await verify('elsewhere', [forged])).faults).toHaveLength(1);
    expect(await keep('nowhere', elsewhere)).toBeUndefined();
    expect(existsSync(join(directory, 'audit-anchors.jsonl'))).toBe(false);
    expect(readFileSync(file, 'utf8')).not.toContain('nowhere');
  });
});

test('an export holds all that a check needs', async () => {
  const { workspace } = await newChain(9);
  const lines: ({ entry: StoredEntry } | { place: StoredPlace })[] = [];
  await openLog().export(workspace, (line) => Promise.resolve(void lines.push(line)));
  expect(lines.filter((line) => 'entry' in line)).toHaveLength(9);
  expect(lines.filter((line) => 'place' in line)).toHaveLength(3);
});

describe('tampering is noticed', () => {
  const seed = process.env['TAMPERING_SEED'] ?? randomBytes(4).toString('hex');
  const random = createRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const length = 40;
  const rows = async (workspace: string): Promise<StoredEntry[]> =>
    (
      await superuser.query<StoredEntry>(
        `SELECT seq::int, entry, encode(hash, 'hex') AS hash FROM audit_log WHERE workspace = $1 ORDER BY seq`,
        [workspace],
      )
    ).rows;
  const change = (workspace: string, seq: number): Promise<unknown> =>
    superuser.query(
      `UPDATE audit_log SET entry = jsonb_set(entry, ARRAY[$3], to_jsonb($4::text)) WHERE workspace = $1 AND seq = $2`,
      [workspace, seq, ['actor', 'action', 'outcome', 'reason', 'extra'][below(5)], `other-${below(1e6)}`],
    );
  /** Works out all hashes anew, and the head as far as that goes without the key. */
  const rehash = async (workspace: string): Promise<void> => {
    let previous = '0'.repeat(64);
    let last = 0;
    for (const { seq, entry } of await rows(workspace)) {
      last++;
      const renumbered = { ...entry, seq: last };
      previous = crypto.sha256(linkText(previous, renumbered));
      await superuser.query(
        `UPDATE audit_log SET seq = $3, entry = $4, hash = decode($5, 'hex') WHERE workspace = $1 AND seq = $2`,
        [workspace, seq, last, JSON.stringify(renumbered), previous],
      );
    }
    await superuser.query(`UPDATE audit_heads SET seq = $2, hash = decode($3, 'hex') WHERE workspace = $1`, [
      workspace,
      last,
      previous,
    ]);
  };
  const cut = (workspace: string, table: string, after: number): Promise<unknown> =>
    superuser.query(`DELETE FROM ${table} WHERE workspace = $1 AND seq > $2`, [workspace, after]);
  const swap = async (workspace: string, one: number, other: number): Promise<void> => {
    const move = (from: number, to: number): Promise<unknown> =>
      superuser.query('UPDATE audit_log SET seq = $3 WHERE workspace = $1 AND seq = $2', [workspace, from, to]);
    await move(one, -1);
    await move(other, one);
    await move(-1, other);
  };

  /** Each leaves a chain that is not the one that was written. The key of the signatures is somewhere else. */
  const tamperings: Record<string, (workspace: string) => Promise<unknown>> = {
    change: (workspace) => change(workspace, 1 + below(length)),
    'change a hash': (workspace) =>
      superuser.query('UPDATE audit_log SET hash = $3 WHERE workspace = $1 AND seq = $2', [
        workspace,
        1 + below(length),
        randomBytes(32),
      ]),
    delete: (workspace) =>
      superuser.query('DELETE FROM audit_log WHERE workspace = $1 AND seq = $2', [workspace, 1 + below(length)]),
    reorder: async (workspace) => {
      const one = 1 + below(length);
      await swap(workspace, one, 1 + ((one + below(length - 1)) % length));
    },
    'reorder and renumber': async (workspace) => {
      const one = 1 + below(length);
      await swap(workspace, one, 1 + ((one + below(length - 1)) % length));
      await rehash(workspace);
    },
    truncate: (workspace) => cut(workspace, 'audit_log', below(length)),
    'truncate, and move the head': async (workspace) => {
      const after = 1 + below(length - 1);
      await cut(workspace, 'audit_log', after);
      await cut(workspace, 'audit_anchors', after);
      await rehash(workspace);
    },
    'truncate to an anchor, and make it the head': async (workspace) => {
      const after = 7 * (1 + below(4));
      await cut(workspace, 'audit_log', after);
      await superuser.query(
        `UPDATE audit_heads AS head SET seq = anchor.seq, hash = anchor.hash, key_id = anchor.key_id, signature = anchor.signature
         FROM audit_anchors AS anchor WHERE anchor.workspace = head.workspace AND head.workspace = $1 AND anchor.seq = $2`,
        [workspace, after],
      );
      await cut(workspace, 'audit_anchors', after);
    },
    'remove the head': (workspace) => superuser.query('DELETE FROM audit_heads WHERE workspace = $1', [workspace]),
    'change and rewrite the whole chain': async (workspace) => {
      await change(workspace, 1 + below(length));
      await rehash(workspace);
    },
    'delete and rewrite the whole chain, without its anchors and signatures': async (workspace) => {
      await superuser.query('DELETE FROM audit_log WHERE workspace = $1 AND seq = $2', [workspace, 1 + below(length)]);
      await superuser.query('DELETE FROM audit_anchors WHERE workspace = $1', [workspace]);
      await rehash(workspace);
      await superuser.query('UPDATE audit_heads SET key_id = NULL, signature = NULL WHERE workspace = $1', [workspace]);
    },
    'rewrite and sign with another key': async (workspace) => {
      await change(workspace, 1 + below(length));
      await rehash(workspace);
      const { signer } = auditKeys(() => [{ id: key.id, key: randomBytes(32) }]);
      await superuser.query(`UPDATE audit_heads SET signature = decode($2, 'base64') WHERE workspace = $1`, [
        workspace,
        signer()?.sign('anything'),
      ]);
    },
    'append without the key': async (workspace) => {
      const last = (await rows(workspace)).at(-1) as StoredEntry;
      const entry = { ...last.entry, seq: last.seq + 1, actor: 'nobody-in-particular' };
      await superuser.query(
        `INSERT INTO audit_log (workspace, seq, entry, hash) VALUES ($1, $2, $3, decode($4, 'hex'))`,
        [workspace, entry.seq, JSON.stringify(entry), crypto.sha256(linkText(last.hash, entry))],
      );
    },
    'take the chain of another workspace': async (workspace) => {
      const { workspace: other } = await newChain(length);
      for (const table of ['audit_log', 'audit_heads', 'audit_anchors']) {
        await superuser.query(`DELETE FROM ${table} WHERE workspace = $1`, [workspace]);
        await superuser.query(`UPDATE ${table} SET workspace = $1 WHERE workspace = $2`, [workspace, other]);
      }
    },
  };

  it.each(Object.keys(tamperings))(`%s (seed ${seed})`, async (name) => {
    for (let round = 0; round < 3; round++) {
      const { workspace } = await newChain(length);
      expect((await verify(workspace)).faults).toEqual([]);
      await tamperings[name]?.(workspace);
      expect([name, round, (await verify(workspace)).faults.length]).not.toEqual([name, round, 0]);
    }
  });

  it('of everything at once, by anchors that were kept outside: going back to an old copy, and removing all', async () => {
    const { workspace, kept } = await newChain(7);
    const copies: Record<string, unknown[]> = {};
    for (const table of ['audit_log', 'audit_heads', 'audit_anchors']) {
      const { rows: copied } = await superuser.query(`SELECT * FROM ${table} WHERE workspace = $1`, [workspace]);
      copies[table] = copied as unknown[];
    }
    const log = openLog([key], kept);
    await log.append(workspace, action(8));
    await log.close();
    expect((await verify(workspace, kept)).faults).toEqual([]);
    for (const [table, copied] of Object.entries(copies)) {
      await superuser.query(`DELETE FROM ${table} WHERE workspace = $1`, [workspace]);
      for (const row of copied) {
        await superuser.query(`INSERT INTO ${table} SELECT * FROM jsonb_populate_record(null::${table}, $1)`, [
          JSON.stringify(row, (_, value: unknown) => {
            const { type, data } = (value ?? {}) as { type?: string; data?: number[] };
            return type === 'Buffer' ? `\\x${Buffer.from(data ?? []).toString('hex')}` : value;
          }),
        ]);
      }
    }
    // In itself, the old copy is whole.
    expect((await verify(workspace)).faults).toEqual([]);
    expect((await verify(workspace, kept)).faults[0]?.detail).toContain('was cut off');
    for (const table of Object.keys(copies))
      await superuser.query(`DELETE FROM ${table} WHERE workspace = $1`, [workspace]);
    expect((await verify(workspace, kept)).faults).not.toEqual([]);
  });
});
