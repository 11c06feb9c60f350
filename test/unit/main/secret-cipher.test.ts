import { randomBytes } from 'node:crypto';
import { createSecretCipher } from '../../../src/main/secret-cipher';

const place = { workspace: 'w', agent: 'a', name: 'TOKEN' };
const keyOf = (id: string) => ({ id, key: randomBytes(32) });
const [first, second] = [keyOf('k1'), keyOf('k2')];
const plain = 'sesame-0815 ✓';

test('what is sealed opens again, and looks different each time', () => {
  const cipher = createSecretCipher(() => [first]);
  const [one, other] = [cipher.seal(plain, place), cipher.seal(plain, place)];
  expect(cipher.open(one, place)).toBe(plain);
  expect(one.keyId).toBe('k1');
  expect(Buffer.from(one.ciphertext).equals(Buffer.from(other.ciphertext))).toBe(false);
  expect(Buffer.from(one.nonce).equals(Buffer.from(other.nonce))).toBe(false);
  expect(Buffer.from(one.ciphertext).toString('utf8')).not.toContain('sesame');
});

test('the first key encrypts, all decrypt', () => {
  const before = createSecretCipher(() => [first]).seal(plain, place);
  const cipher = createSecretCipher(() => [second, first]);
  expect(cipher.open(before, place)).toBe(plain);
  expect(cipher.currentKeyId()).toBe('k2');
  expect(cipher.seal(plain, place).keyId).toBe('k2');
});

test('keys are loaded once, and not before they are needed', () => {
  let loads = 0;
  const cipher = createSecretCipher(() => {
    loads++;
    return [first];
  });
  expect(loads).toBe(0);
  cipher.open(cipher.seal(plain, place), place);
  expect(loads).toBe(1);
});

describe('does not open', () => {
  const cipher = createSecretCipher(() => [first]);
  const sealed = cipher.seal(plain, place);
  const flipped = (bytes: Uint8Array): Uint8Array => bytes.map((byte, at) => (at === 0 ? byte ^ 1 : byte));
  test.each([
    ['in another workspace', sealed, { ...place, workspace: 'x' }],
    ['for another agent', sealed, { ...place, agent: 'x' }],
    ['under another name', sealed, { ...place, name: 'X' }],
    ['where parts of names have moved', sealed, { workspace: 'wa', agent: '', name: 'TOKEN' }],
    ['when it was changed', { ...sealed, ciphertext: flipped(sealed.ciphertext) }, place],
    ['with another nonce', { ...sealed, nonce: flipped(sealed.nonce) }, place],
    ['with another tag', { ...sealed, tag: flipped(sealed.tag) }, place],
    ['with a part of the tag', { ...sealed, tag: sealed.tag.slice(0, 4) }, place],
  ])('%s', (_, changed, where) => {
    expect(() => cipher.open(changed, where)).toThrow(
      expect.objectContaining({ code: 'SECRET_UNREADABLE', message: expect.not.stringContaining('sesame') }) as Error,
    );
  });

  test('without its key', () => {
    expect(() => createSecretCipher(() => [second]).open(sealed, place)).toThrow(
      'Secret "TOKEN" of agent "a" cannot be decrypted: it needs the key "k1", which is not there. Put the key back',
    );
  });

  test('with another key of the same id', () => {
    expect(() => createSecretCipher(() => [keyOf('k1')]).open(sealed, place)).toThrow('the key "k1" does not fit');
  });
});
