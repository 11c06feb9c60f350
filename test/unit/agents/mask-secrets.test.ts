import { maskSecrets } from '../../../src/domain/agents/mask-secrets';

it('blots out every occurrence of every secret, the longer one where one begins with the other', () => {
  expect(maskSecrets('curl -H abc123 https://x/?t=abc && echo abc123', ['abc', 'abc123'])).toBe(
    'curl -H *** https://x/?t=*** && echo ***',
  );
});

it('leaves a text alone where there are none, or where they are blank', () => {
  expect(maskSecrets('a b', ['', ' '])).toBe('a b');
});
