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
