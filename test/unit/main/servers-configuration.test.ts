import { resolve } from 'node:path';
import { readConfiguration } from '../../../src/main/configuration';

test('variables that are empty name no server and no folder', () => {
  const { dataDirectory, temporal, databaseUrl, temporalExecutable } = readConfiguration({
    ORCHESTRA_DATA: '',
    ORCHESTRA_TEMPORAL_ADDRESS: '',
    ORCHESTRA_TEMPORAL_EXECUTABLE: '',
    DATABASE_URL: '',
  });
  expect({ dataDirectory, temporal, databaseUrl, temporalExecutable }).toEqual({
    dataDirectory: resolve('.orchestra'),
  });
});

test('a data folder without a name is refused: it would be the folder in which one happens to be', () => {
  expect(() => readConfiguration({}, '')).toThrow(expect.objectContaining({ code: 'USAGE' }) as Error);
});

test.each(['orchestra', 'postgres://ada:pa#ss@db/orchestra', 'mysql://db/orchestra'])(
  'DATABASE_URL %s is refused with the name of the variable, and without its password',
  (url) => {
    for (const name of ['DATABASE_URL', 'ORCHESTRA_DATABASE_OWNER_URL']) {
      const read = (): unknown => readConfiguration({ DATABASE_URL: 'postgresql:///orchestra?host=/run', [name]: url });
      expect(read).toThrow(expect.objectContaining({ code: 'USAGE' }) as Error);
      expect(read).toThrow(`The environment variable ${name} is not usable: is no address of a database`);
      expect(read).not.toThrow('pa#ss');
    }
  },
);
