import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createRepository, writeFiles } from '../../helpers/audit-fixture';
import { briefly, inspect } from '../../helpers/audit-agent';

let repository: ReturnType<typeof createRepository>;
beforeEach(() => {
  repository = createRepository();
  const other =
    '# Other\n\n## A `code<T>` & more!\n\n## Twice\n\n## Twice\n\nUnder\n=====\n\n<a id="Explicit"></a>\n\n```\n# no heading\n```\n';
  writeFiles(repository.root, {
    'docs/other.md': other,
    'docs/with space.md': '',
    'docs/(odd).md': '',
    'code/main.ts': '',
  });
  symlinkSync('docs', join(repository.root, 'link'));
});
afterEach(() => repository.remove());

async function deadLinks(text: string): Promise<string[]> {
  writeFiles(repository.root, { 'docs/page.md': text });
  return briefly(await inspect('links', { root: repository.root }));
}

it.each([
  ['a file', '[x](other.md) [x](./other.md "title") [x](/docs/other.md) [x](../code/main.ts#L3)'],
  ['a folder', '[x](../docs) [x](../code/) [x](/)'],
  ['a name with a space', '[x](with%20space.md) [x](<with space.md>)'],
  ['a name with brackets', '[x](\\(odd\\).md) [x]((odd).md)'],
  ['a page without its ending', '[x](other)'],
  ['a path through a symbolic link', '[x](../link/other.md)'],
  [
    'headings',
    '[x](other.md#a-codet--more) [x](other.md#twice-1) [x](other.md#under) [x](other.md#explicit) [x](#here)\n# Here',
  ],
  ['another site', '[x](https://example.com/none) [x](mailto:a@example.com) [x](//example.com)'],
  ['a place outside the repository', '[x](../../issues)'],
  [
    'nothing, being code',
    '`[x](none.md)` and ``[`x`](none.md)``\n\n~~~\n[x](none.md)\n```\n~~~\n<!-- [x](none.md) -->',
  ],
])('accepts a link to %s', async (_, text) => {
  expect(await deadLinks(text)).toEqual([]);
});

it.each([
  ['a missing file', 'text\n\n[x](none.md)', ['docs/page.md:3 Dead link']],
  ['a file in other letters', '[x](Other.md)', ['docs/page.md:1 Dead link']],
  ['a missing image', '![x](none.png)', ['docs/page.md:1 Dead link']],
  ['a missing file by reference', '[x][y]\n\n[y]: none.md', ['docs/page.md:3 Dead link']],
  ['a missing file in HTML', '<a\nhref="none.md">x</a>', ['docs/page.md:2 Dead link']],
  ['a missing heading here', '# Here\n[x](#there)', ['docs/page.md:2 Link to a heading that does not exist']],
  ['a heading inside code', '[x](other.md#no-heading)', ['docs/page.md:1 Link to a heading that does not exist']],
  ['a missing file after code', '```\ncode\n```\n[x](none.md)', ['docs/page.md:4 Dead link']],
])('refuses a link to %s', async (_, text, expected) => {
  expect(await deadLinks(text)).toEqual(expected);
});
