import { createTokenLookup, makeToken } from '../../../src/main/token-secrets';

interface Stored {
  hash: Buffer;
  expiresAt: number | null;
}

/** Look-ups that are answered by hand. */
function lookUp() {
  const { id, token, hash } = makeToken('orc_test');
  const asked: ((stored: Stored | undefined) => void)[] = [];
  const lookup = createTokenLookup<Stored>({
    prefix: 'orc_test',
    advice: 'Make one.',
    find: () => new Promise((resolve) => asked.push(resolve)),
    now: () => 1_000,
  });
  return { id, token, lookup, asked, stored: { hash, expiresAt: null } };
}

it('is looked up once, also by those who come together', async () => {
  const { token, lookup, asked, stored } = lookUp();
  const both = [lookup.recognise(token), lookup.recognise(token)];
  asked[0]?.(stored);
  expect(await Promise.all([...both, lookup.recognise(token)])).toEqual([stored, stored, stored]);
  expect(asked).toHaveLength(1);
});

it('is not known any more when it was revoked while it was looked up', async () => {
  const { id, token, lookup, asked, stored } = lookUp();
  const before = lookup.recognise(token);
  lookup.forget(id);
  asked[0]?.(stored);
  expect(await before).toBe(stored);
  const after = lookup.recognise(token);
  asked[1]?.(undefined);
  await expect(after).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  expect(asked).toHaveLength(2);
});

it('is looked up again where there was none', async () => {
  const { token, lookup, asked, stored } = lookUp();
  const none = lookup.recognise(token);
  asked[0]?.(undefined);
  await expect(none).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  const made = lookup.recognise(token);
  asked[1]?.(stored);
  expect(await made).toBe(stored);
});
