import { existsSync } from 'node:fs';
import { join } from 'node:path';
import seconds from '../../helpers/order/slow-files.json';

interface Test {
  path: string;
  context: { config: { rootDir: string } };
}

const { slowFirst } = jest.requireActual<{
  slowFirst(tests: Test[], seconds: Record<string, number>): Test[];
}>('../../helpers/order/slow-first.cjs');

test('every file that is known to be slow exists', () => {
  const absent = Object.keys(seconds).filter((file) => !existsSync(join(process.cwd(), file)));
  expect(absent).toEqual([]);
});

test('the slowest begin first, the others follow in the order they had', () => {
  const rootDir = join('/home', 'ada', 'orchestra');
  const tests = ['test/b.test.ts', 'test/slow.test.ts', 'test/a.test.ts', 'test/slower.test.ts'].map((file) => ({
    path: join(rootDir, file),
    context: { config: { rootDir } },
  }));
  const ordered = slowFirst(tests, { 'test/slow.test.ts': 30, 'test/slower.test.ts': 90 });
  expect(ordered.map(({ path }) => path.slice(rootDir.length + 1))).toEqual([
    'test/slower.test.ts',
    'test/slow.test.ts',
    'test/b.test.ts',
    'test/a.test.ts',
  ]);
});
