import { randomBytes } from 'node:crypto';
import { createSecretCipher } from '../../src/main/secret-cipher';
import { createAgentSecrets } from '../../src/stores/agent-secrets';
import { createAgentRegistry } from '../../src/stores/agents';
import { definitionOf } from '../helpers/agent-definitions';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());

const [oldKey, newKey] = ['old', 'new'].map((id) => ({ id, key: randomBytes(32) })) as [SecretKey, SecretKey];
type SecretKey = { id: string; key: Buffer };
const secretsWith = (...keys: SecretKey[]) =>
  createAgentSecrets(
    stores.pool,
    createSecretCipher(() => keys),
  );

let workspaces = 0;
/** An agent in a workspace of its own. */
async function newAgent() {
  const agent = { workspace: `workspace-${++workspaces}`, name: 'writer' };
  await createAgentRegistry(stores.pool).add(agent.workspace, [definitionOf(agent.name)]);
  return agent;
}

it('keeps values, and gives them only to who asks for them by name', async () => {
  const agent = await newAgent();
  const secrets = secretsWith(oldKey);
  await secrets.set(agent, 'TOKEN', 'first');
  await secrets.set(agent, 'TOKEN', 'second');
  await secrets.set(agent, 'OTHER', 'third');
  expect(await secrets.list(agent)).toEqual([
    { name: 'OTHER', keyId: 'old' },
    { name: 'TOKEN', keyId: 'old' },
  ]);
  expect(await secrets.reveal(agent, ['TOKEN'])).toEqual(new Map([['TOKEN', 'second']]));
  expect(await secrets.reveal(agent, [])).toEqual(new Map());
  await secrets.remove(agent, 'TOKEN');
  expect(await secrets.list(agent)).toEqual([{ name: 'OTHER', keyId: 'old' }]);
});

it('says which secret or agent is unknown', async () => {
  const agent = await newAgent();
  const secrets = secretsWith(oldKey);
  await secrets.set(agent, 'TOKEN', 'x');
  const unknown = { code: 'SECRET_NOT_FOUND', message: expect.stringContaining('(did you mean "TOKEN"?)') };
  await expect(secrets.reveal(agent, ['TOKEN', 'TOKNE'])).rejects.toMatchObject(unknown);
  await expect(secrets.remove(agent, 'TOKNE')).rejects.toMatchObject(unknown);
  const nobody = { ...agent, name: 'writre' };
  const notFound = { code: 'AGENT_NOT_FOUND', message: expect.stringContaining('(did you mean "writer"?)') };
  await expect(secrets.set(nobody, 'TOKEN', 'x')).rejects.toMatchObject(notFound);
  await expect(secrets.list(nobody)).rejects.toMatchObject(notFound);
  await expect(secrets.remove(nobody, 'TOKEN')).rejects.toMatchObject(notFound);
});

it('goes with its agent', async () => {
  const agent = await newAgent();
  const registry = createAgentRegistry(stores.pool);
  const secrets = secretsWith(oldKey);
  await secrets.set(agent, 'TOKEN', 'x');
  await registry.replace(agent.workspace, [definitionOf('writer', { maxConcurrent: 2 })]);
  expect(await secrets.reveal(agent, ['TOKEN'])).toEqual(new Map([['TOKEN', 'x']]));
  await registry.remove(agent);
  await registry.add(agent.workspace, [definitionOf('writer')]);
  expect(await secrets.list(agent)).toEqual([]);
});

it('does not open for another agent that its row was copied to', async () => {
  const [agent, thief] = [await newAgent(), await newAgent()];
  const secrets = secretsWith(oldKey);
  await secrets.set(agent, 'TOKEN', 'x');
  await stores.pool.query(
    `INSERT INTO agent_secrets SELECT $2, agent, name, key_id, nonce, ciphertext, tag FROM agent_secrets WHERE workspace = $1`,
    [agent.workspace, thief.workspace],
  );
  await expect(secrets.reveal(thief, ['TOKEN'])).rejects.toMatchObject({ code: 'SECRET_UNREADABLE' });
});

describe('rotation', () => {
  it('encrypts everything of the workspace with the first key', async () => {
    const [agent, other] = [await newAgent(), await newAgent()];
    const before = secretsWith(oldKey);
    for (const name of ['A', 'B']) await before.set(agent, name, `value ${name}`);
    await before.set(other, 'A', 'of another workspace');
    const both = secretsWith(newKey, oldKey);
    await both.set(agent, 'C', 'value C');
    expect(await both.rotate(agent.workspace)).toBe(2);
    expect(await both.rotate(agent.workspace)).toBe(0);
    const after = secretsWith(newKey);
    expect([...(await after.reveal(agent, ['A', 'B', 'C'])).values()].sort()).toEqual([
      'value A',
      'value B',
      'value C',
    ]);
    await expect(after.reveal(other, ['A'])).rejects.toMatchObject({ code: 'SECRET_UNREADABLE' });
  });

  it('is all or nothing', async () => {
    const agent = await newAgent();
    await secretsWith(oldKey).set(agent, 'A', 'x');
    await secretsWith({ id: 'lost', key: randomBytes(32) }).set(agent, 'B', 'x');
    await expect(secretsWith(newKey, oldKey).rotate(agent.workspace)).rejects.toMatchObject({
      code: 'SECRET_UNREADABLE',
      message: expect.stringContaining('"B" of agent "writer" cannot be decrypted: it needs the key "lost"'),
    });
    expect(await secretsWith(oldKey).list(agent)).toEqual([
      { name: 'A', keyId: 'old' },
      { name: 'B', keyId: 'lost' },
    ]);
  });
});

it('leaves no plain value in any table, and in no error', async () => {
  const agent = await newAgent();
  const plain = 'sesame-open-0815';
  const secrets = secretsWith(oldKey);
  await secrets.set(agent, 'TOKEN', plain);
  const errors = await Promise.all([
    secretsWith(newKey).reveal(agent, ['TOKEN']).catch(String),
    secrets.set({ ...agent, name: 'nobody' }, 'TOKEN', plain).catch(String),
    secrets.reveal(agent, ['TOKEN', 'X']).catch(String),
  ]);
  expect(errors.join()).not.toContain('sesame');
  const { rows: tables } = await stores.pool.query<{ name: string }>(
    `SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'`,
  );
  expect(tables.map(({ name }) => name)).toContain('agent_secrets');
  const hex = Buffer.from(plain).toString('hex');
  for (const { name } of tables) {
    const { rows } = await stores.pool.query(
      `SELECT FROM ${name} AS t WHERE t::text LIKE '%' || $1 || '%' OR t::text LIKE '%' || $2 || '%'`,
      [plain, hex],
    );
    expect([name, rows.length]).toEqual([name, 0]);
  }
});
