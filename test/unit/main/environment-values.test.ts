import { readFileSync } from 'node:fs';
import { readConfiguration } from '../../../src/main/configuration';

const refused = (name: string, value: string): string => {
  try {
    readConfiguration({ [name]: value });
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error(`${name}=${value} was taken`);
};

test.each([
  ['ORCHESTRA_LEASE_MS', 'x', 'takes a whole number of at least 500. It is "x".'],
  ['ORCHESTRA_LEASE_MS', '1000.5', 'takes a whole number of at least 500. It is "1000.5".'],
  ['ORCHESTRA_LEASE_MS', '', 'takes a whole number of at least 500.'],
  ['ORCHESTRA_AGENT_CAPACITY', '0', 'takes a whole number of at least 1. It is "0".'],
  ['ORCHESTRA_CONTINUE_AFTER_EVENTS', '7', 'takes a whole number of at least 50 and at most 10000. It is "7".'],
  ['ORCHESTRA_RETENTION_DAYS', '-1', 'takes a number above 0. It is "-1".'],
  ['ORCHESTRA_EMBEDDINGS_MIN_SIMILARITY', '2', 'takes a number of at least -1 and at most 1. It is "2".'],
  ['ORCHESTRA_TEMPORAL_DURABILITY', 'ful', 'takes one of normal, full. It is "ful".'],
  ['ORCHESTRA_TASK_QUEUE', '', 'is empty: give it a value, or do not set it.'],
  ['ORCHESTRA_METRICS_ADDRESS', 'x', 'takes a host and a port, such as 127.0.0.1:9464. It is "x".'],
  ['ORCHESTRA_EMBEDDINGS_URL', 'ftp://ada:pass@x', 'takes an address that begins with http:// or https://.'],
])('%s="%s" is refused with what is allowed, and what was given', (name, value, words) => {
  expect(refused(name, value)).toBe(`The environment variable ${name} is not usable: ${words}`);
});

test('no variable is refused in the words of the library that checks it', () => {
  const source = readFileSync('src/main/configuration.ts', 'utf8');
  const names = Array.from(source.matchAll(/^ {2}([A-Z_]+): /gm), ([, name = '']) => name);
  expect(names.length).toBeGreaterThan(40);
  for (const name of names) {
    for (const value of ['x y', '', '-5']) {
      try {
        readConfiguration({ [name]: value });
      } catch (error) {
        expect((error as Error).message).not.toMatch(/Invalid|Too (small|big)|expected/);
      }
    }
  }
});
