import { delimiter } from 'node:path';
import { readConfiguration } from '../../../src/main/configuration';

const functionsOf = (environment: NodeJS.ProcessEnv) => readConfiguration(environment).functions;

test('functions come from the folder of the plan, and with a database of your own from folders that are named', () => {
  expect(functionsOf({}).directories).toBe('plan');
  expect(functionsOf({ DATABASE_URL: 'postgres://localhost/orchestra' }).directories).toEqual([]);
  const named = { ORCHESTRA_FUNCTION_DIRECTORIES: ['/srv/plans', '/home/ada/plans'].join(delimiter) };
  expect(functionsOf(named).directories).toEqual(['/srv/plans', '/home/ada/plans']);
  expect(functionsOf({ ORCHESTRA_FUNCTION_DIRECTORIES: '' }).directories).toEqual([]);
});

test('what is no list of folders, or no number of threads, is refused', () => {
  expect(() => functionsOf({ ORCHESTRA_FUNCTION_DIRECTORIES: 'plans' })).toThrow(
    'The environment variable ORCHESTRA_FUNCTION_DIRECTORIES is not usable: takes absolute paths',
  );
  expect(() => functionsOf({ ORCHESTRA_FUNCTION_THREADS: '0' })).toThrow('ORCHESTRA_FUNCTION_THREADS');
  expect(functionsOf({ ORCHESTRA_FUNCTION_THREADS: '3' }).threads).toBe(3);
});
