import { createRepository, writeFiles } from '../../helpers/audit-fixture';
import { inspect } from '../../helpers/audit-agent';

let repository: ReturnType<typeof createRepository>;
beforeEach(() => (repository = createRepository()));
afterEach(() => repository.remove());

async function cyclesIn(files: Record<string, string>): Promise<string[]> {
  writeFiles(repository.root, files);
  const { findings } = await inspect('cycles', { root: repository.root });
  return findings.map(({ path = [], detail }) =>
    [...path.map(({ file, line }) => `${file}:${line}`), ...(detail === undefined ? [] : [detail])].join(' '),
  );
}

it.each<[string, Record<string, string>, string[]]>([
  [
    'imports of TypeScript by the name of their output',
    { 'a.ts': "\nimport { b } from './b.js';", 'b.ts': "export * from './a.js';" },
    ['a.ts:2 b.ts:1 a.ts:2'],
  ],
  [
    'imports over several lines',
    { 'a.js': "import {\n  b,\n} from './b';", 'b.js': "import './a';" },
    ['a.js:1 b.js:1 a.js:1'],
  ],
  [
    'require at the margin',
    { 'a.cjs': "const b = require('./b.cjs');", 'b.cjs': "const { a } = require('./a.cjs');" },
    ['a.cjs:1 b.cjs:1 a.cjs:1'],
  ],
  [
    'index files of folders',
    { 'a/index.ts': "import { b } from '../b';", 'b.ts': "import { a } from './a';" },
    ['a/index.ts:1 b.ts:1 a/index.ts:1'],
  ],
  ['a module that imports itself', { 'a.js': "import * as self from './a.js';" }, ['a.js:1 a.js:1']],
  [
    'code without semicolons',
    { 'a.ts': "export type A = 1\nimport { b } from './b'", 'b.ts': "import { a } from './a'" },
    ['a.ts:2 b.ts:1 a.ts:2'],
  ],
  [
    'the shortest cycle of a knot',
    { 'a.js': "import './b';", 'b.js': "import './c';\nimport './a';", 'c.js': "import './a';" },
    ['a.js:1 b.js:2 a.js:1 It is part of a knot of 3 files.'],
  ],
  [
    'Python modules and packages',
    {
      'p/__init__.py': '',
      'p/a.py': 'import os\nfrom . import b',
      'p/b.py': 'from .q.c import x',
      'p/q/c.py': 'from ..a import (\n  y,\n)',
    },
    ['p/a.py:2 p/b.py:1 p/q/c.py:1 p/a.py:2'],
  ],
])('finds a cycle in %s', async (_, files, expected) => {
  expect(await cyclesIn(files)).toEqual(expected);
});

it.each<[string, Record<string, string>]>([
  ['types alone', { 'a.ts': "import type { B } from './b';", 'b.ts': "import { type A, type C } from './a';" }],
  ['comments', { 'a.js': "// import './b';\n/*\nimport './b';\n*/", 'b.js': "import './a';" }],
  ['templates', { 'a.js': "const code = `${`x`}\nimport './b';\n`;", 'b.js': "import './a';" }],
  ['imports that are deferred', { 'a.js': "export const load = () => import('./b.js');", 'b.js': "import './a.js';" }],
  [
    'require inside a function',
    { 'a.js': "function load() {\n  return require('./b');\n}", 'b.js': "require('./a');" },
  ],
  ['files that are not there', { 'a.js': "import './gone';" }],
  ['a chain', { 'a.js': "import './b';\nimport './c';", 'b.js': "import './c';", 'c.js': '' }],
  [
    'imports in Python functions',
    { 'p/a.py': 'def load(\n  x,\n):\n  if x:\n    from . import b', 'p/b.py': 'from . import a' },
  ],
  [
    'imports for the Python type checker',
    { 'p/a.py': 'if t.TYPE_CHECKING:\n  from .b import B', 'p/b.py': 'from .a import A' },
  ],
  ['Python docstrings', { 'p/a.py': '"""\nfrom . import b\n"""', 'p/b.py': 'from . import a' }],
])('sees no cycle in %s', async (_, files) => {
  expect(await cyclesIn(files)).toEqual([]);
});

it('goes on after a regular expression that holds quotes and slashes', async () => {
  const files = { 'a.js': "const quote = /['\"`/*]/;\nimport './b';", 'b.js': "import './a';" };
  expect(await cyclesIn(files)).toEqual(['a.js:2 b.js:1 a.js:2']);
});
