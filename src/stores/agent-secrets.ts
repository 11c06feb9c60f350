import type { Pool } from 'pg';
import type { AgentSecrets } from '../contracts/ports/agent-secrets';
import type { SealedSecret, SecretCipher } from '../contracts/ports/secret-cipher';
import type { AgentKey } from '../domain/agents/agent';
import { unknownSecret } from '../domain/agents/secret-errors';
import { agentNotFound } from './agent-not-found';
import { countedBy } from './request-counts';
import { inTransaction } from './transaction';
import { inWorkspace } from './scope';

/** Secrets in PostgreSQL. Plain values stay in this process: statements carry ciphertext only. */
export function createAgentSecrets(pool: Pool, cipher: SecretCipher): AgentSecrets {
  const namesOf: AgentSecrets['list'] = async ({ workspace, name }, { limit = null, after: [last] = [''] } = {}) => {
    const { rows } = await inWorkspace(pool, workspace).query<{ name: string | null; keyId: string }>(
      `SELECT secret.name, key_id AS "keyId" FROM agents
       LEFT JOIN agent_secrets AS secret ON secret.workspace = agents.workspace AND secret.agent = agents.name AND secret.name > $3
       WHERE agents.workspace = $1 AND agents.name = $2 ORDER BY secret.name LIMIT $4`,
      [workspace, name, last, limit],
    );
    if (rows.length === 0) throw await agentNotFound(pool, { workspace, name });
    return rows.flatMap((row) => (row.name === null ? [] : [{ name: row.name, keyId: row.keyId }]));
  };
  const unknown = async (agent: AgentKey, name: string): Promise<Error> =>
    unknownSecret(
      agent.name,
      name,
      (await namesOf(agent)).map((known) => known.name),
    );

  return {
    set: async (agent, name, value) => {
      const { keyId, nonce, ciphertext, tag } = cipher.seal(value, { ...placeOf(agent), name });
      const { rowCount } = await inWorkspace(pool, agent.workspace).query(
        `INSERT INTO agent_secrets (workspace, agent, name, key_id, nonce, ciphertext, tag)
         SELECT workspace, name, $3, $4, $5, $6, $7 FROM agents WHERE workspace = $1 AND name = $2
         ON CONFLICT (workspace, agent, name) DO UPDATE SET
           key_id = excluded.key_id, nonce = excluded.nonce, ciphertext = excluded.ciphertext, tag = excluded.tag`,
        [agent.workspace, agent.name, name, keyId, nonce, ciphertext, tag],
      );
      if (rowCount === 0) throw await agentNotFound(pool, agent);
    },

    list: namesOf,

    remove: async (agent, name) => {
      const { rowCount } = await inWorkspace(pool, agent.workspace).query(
        'DELETE FROM agent_secrets WHERE workspace = $1 AND agent = $2 AND name = $3',
        [agent.workspace, agent.name, name],
      );
      if (rowCount === 0) throw await unknown(agent, name);
    },

    reveal: async (agent, names) => {
      const { rows } = await inWorkspace(pool, agent.workspace).query<SealedSecret & { name: string }>(
        `SELECT name, key_id AS "keyId", nonce, ciphertext, tag FROM agent_secrets
         WHERE workspace = $1 AND agent = $2 AND name = ANY ($3)`,
        [agent.workspace, agent.name, names],
      );
      const values = new Map(rows.map((row) => [row.name, cipher.open(row, { ...placeOf(agent), name: row.name })]));
      const absent = names.find((name) => !values.has(name));
      if (absent !== undefined) throw await unknown(agent, absent);
      return values;
    },

    rotate: (workspace, seed) =>
      inTransaction(inWorkspace(pool, workspace), async (client) => {
        const { rows } = await client.query<SealedSecret & { agent: string; name: string }>(
          `SELECT agent, name, key_id AS "keyId", nonce, ciphertext, tag FROM agent_secrets
           WHERE workspace = $1 AND key_id <> $2 ORDER BY agent, name FOR UPDATE`,
          [workspace, cipher.currentKeyId()],
        );
        const sealed = rows.map(({ agent, name, ...row }) => {
          const place = { workspace, agent, name };
          return { place, ...cipher.seal(cipher.open(row, place), place) };
        });
        const writes = sealed.map(({ place, keyId, nonce, ciphertext, tag }) => ({
          text: `UPDATE agent_secrets SET key_id = $4, nonce = $5, ciphertext = $6, tag = $7
                 WHERE workspace = $1 AND agent = $2 AND name = $3`,
          values: [place.workspace, place.agent, place.name, keyId, nonce, ciphertext, tag],
        }));
        const counted = { request: seed, what: 'secrets of agents' };
        return { result: await countedBy(client, workspace, counted, rows.length), writes };
      }),
  };
}

function placeOf({ workspace, name }: AgentKey): { workspace: string; agent: string } {
  return { workspace, agent: name };
}
