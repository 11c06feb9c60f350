import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDataFolder } from '../../../src/main/data-folder';

const folder = mkdtempSync(join(tmpdir(), 'orchestra-data-folder-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a folder may be there, or be made later', () => {
  for (const path of [folder, join(folder, 'new', 'deep')]) expect(createDataFolder({}, path).path).toBe(path);
});

test.each(['file', 'file/below'])('%s is refused: a file is no data folder', (name) => {
  writeFileSync(join(folder, 'file'), '');
  const path = join(folder, name);
  const refused = expect.objectContaining({
    code: 'USAGE',
    message: `${join(folder, 'file')} is a file, and no data folder. Name a folder with --data or ORCHESTRA_DATA.`,
  }) as Error;
  expect(() => createDataFolder({}, path)).toThrow(refused);
  expect(() => createDataFolder({ ORCHESTRA_DATA: path }, undefined)).toThrow(refused);
});
