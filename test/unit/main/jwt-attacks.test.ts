import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createJwtRecogniser } from '../../../src/main/jwt';
import type { Principal } from '../../../src/domain/access/roles';
import { benignJwts, jwtAttacks } from '../../helpers/attacks/jwts';
import { makeJwtForge } from '../../helpers/attacks/jwt-forge';
import type { JwtForge } from '../../helpers/attacks/jwt-forge';

const folder = mkdtempSync(join(tmpdir(), 'orchestra-jwt-'));
let forge: JwtForge;
let recognise: (token: string) => Promise<Principal>;

beforeAll(async () => {
  forge = await makeJwtForge(folder);
  recognise = createJwtRecogniser(forge.settings, () => forge.nowMs, () => Promise.resolve([]));
});
afterAll(() => rmSync(folder, { recursive: true }));

it.each(Object.entries(jwtAttacks))('refuses %s', async (_, make) => {
  await expect(recognise(make(forge))).rejects.toMatchObject({
    code: 'TOKEN_INVALID',
    message: 'The token is not valid. Get a new one from your identity provider.',
  });
});

it.each(Object.entries(benignJwts))('takes %s', async (_, make) => {
  await expect(recognise(make(forge))).resolves.toMatchObject({ workspace: 'acme', role: 'user' });
});

it('asked nobody for a key', () => expect(forge.fetched).toEqual([]));
