import { maskSecrets } from '../../../src/domain/agents/mask-secrets';

it('blots out every occurrence of every secret, the longer one where one begins with the other', () => {
  expect(maskSecrets('curl -H abc123 https://x/?t=abc && echo abc123', ['abc', 'abc123'])).toBe(
    'curl -H *** https://x/?t=*** && echo ***',
  );
});

it('blots out tokens of the API, whosever they are, and leaves their names alone', () => {
  const token = `orc_agent_${'0a'.repeat(6)}_${'x-_'.repeat(14)}y`;
  expect(maskSecrets(`Bearer ${token}, ${token}`, [])).toBe('Bearer ***, ***');
  expect(maskSecrets('orc_agent_… is how they begin', [])).toBe('orc_agent_… is how they begin');
});

it.each([
  ['the end', 'The key is s3cret-va…', 'The key is ***…'],
  ['the middle', 'It said: s3cret-v…. Look at its log.', 'It said: ***…. Look at its log.'],
  ['the beginning', '…et-value was refused', '…*** was refused'],
  ['both ends', '…value and s3cr…', '…*** and ***…'],
  ['less than tells anything', 'It is s3c…', 'It is s3c…'],
])('blots out what a cut has left of a secret at %s', (_where, text, masked) => {
  expect(maskSecrets(text, ['s3cret-value'])).toBe(masked);
});

it('blots out what a cut has left of a token of the API', () => {
  expect(maskSecrets(`Bearer orc_api_${'0a'.repeat(6)}_xyz…`, [])).toBe('Bearer ***…');
});

it('leaves a text alone where there are none, or where they are blank', () => {
  expect(maskSecrets('a b', ['', ' '])).toBe('a b');
});
