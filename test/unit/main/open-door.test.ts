import { readConfiguration } from '../../../src/main/configuration';
import type { Installation } from '../../../src/main/installation';
import { localTokenName } from '../../../src/main/local-token';
import { refuseOpenDoor } from '../../../src/main/open-door';

const key = `a1:${Buffer.alloc(32).toString('base64')}`;
const elsewhere = { DATABASE_URL: 'postgres://db.example/orchestra' };
const jwt = { ORCHESTRA_JWT_ISSUER: 'https://id.example', ORCHESTRA_JWT_AUDIENCE: 'orchestra' };

/** Tells whether the API may listen there, with these tokens of programs. */
function listens(host: string, environment: NodeJS.ProcessEnv, tokens: string[] = []): Promise<void> {
  const installation = {
    configuration: readConfiguration(environment),
    apiTokens: { list: () => Promise.resolve(tokens.map((name) => ({ name }))) },
    agentTokens: { list: () => Promise.resolve([]) },
  };
  return refuseOpenDoor(installation as unknown as Installation, host);
}

test('this machine is let in without keys', async () => {
  for (const host of ['127.0.0.1', '127.1.2.3', 'localhost', '::1'])
    await expect(listens(host, elsewhere)).resolves.toBeUndefined();
});

test('others are let in once somebody has said who they are', async () => {
  await expect(listens('0.0.0.0', {})).rejects.toThrow('orchestra tokens create');
  await expect(listens('0.0.0.0', {}, [localTokenName])).rejects.toThrow('orchestra tokens create');
  await expect(listens('0.0.0.0', {}, ['ci'])).resolves.toBeUndefined();
  await expect(listens('::', jwt)).resolves.toBeUndefined();
});

test('on a database elsewhere, others are let in once there is a key for the audit log', async () => {
  for (const environment of [elsewhere, { ...elsewhere, ...jwt }])
    await expect(listens('0.0.0.0', environment, ['ci'])).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('Set ORCHESTRA_AUDIT_KEYS'),
    });
  await expect(listens('0.0.0.0', { ...elsewhere, ORCHESTRA_AUDIT_KEYS: key }, ['ci'])).resolves.toBeUndefined();
});
