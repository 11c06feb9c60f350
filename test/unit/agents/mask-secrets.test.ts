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

it('leaves a text alone where there are none, or where they are blank', () => {
  expect(maskSecrets('a b', ['', ' '])).toBe('a b');
});
