import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createDataDirectory } from '../../../src/embedded/data-directory';

const folder = mkdtempSync(path.join(tmpdir(), 'orchestra-data-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a data folder is made with all folders above it, and kept out of repositories', () => {
  const { root, temporalLog } = createDataDirectory(path.join(folder, 'deep', 'down'));
  expect(readFileSync(path.join(root, '.gitignore'), 'utf8')).toBe('*\n');
  expect(existsSync(path.dirname(temporalLog))).toBe(true);
});

test('a folder that has files already keeps them as they are', () => {
  const ignored = path.join(folder, '.gitignore');
  writeFileSync(ignored, 'node_modules\n');
  createDataDirectory(folder);
  expect(readFileSync(ignored, 'utf8')).toBe('node_modules\n');
});

test('a file in its place is an error that says what to do', () => {
  const file = path.join(folder, 'file');
  writeFileSync(file, '');
  expect(() => createDataDirectory(file)).toThrow(
    expect.objectContaining({ message: expect.stringContaining('choose another') as string }) as Error,
  );
});

// Only Linux has such a folder; elsewhere there is nothing to try.
const withProc = existsSync('/proc/self')
  ? test.each(['/proc', '/proc/orchestra', '/proc/orchestra/deep'])
  : test.skip.each(['']);

withProc('%s, where nobody can make folders, is one as well, at once', (directory) => {
  expect(() => createDataDirectory(directory)).toThrow(
    expect.objectContaining({ code: 'EMBEDDED_START_FAILED' }) as Error,
  );
});
