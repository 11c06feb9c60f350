import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { anchorsOf, linksOf, pages, root } from './markdown';

test('there are pages to look at', () => {
  expect(pages()).toEqual(expect.arrayContaining(['README.md', 'docs/architecture.md', 'docs/errors.md']));
});

test('the README leads to every page', () => {
  const reached = new Set(['README.md']);
  // What is found on the way is looked through as well.
  for (const page of reached) {
    const targets = new Set(linksOf(page).map(({ path }) => path));
    for (const next of pages()) if (targets.has(next) || targets.has(dirname(next))) reached.add(next);
  }
  expect(pages().filter((page) => !reached.has(page))).toEqual([]);
});

test.each(pages())('every link of %s leads to a file that exists', (page) => {
  const broken = linksOf(page).filter(({ path }) => path.startsWith('..') || !existsSync(join(root, path)));
  expect(broken.map(({ text }) => text)).toEqual([]);
});

test.each(pages())('every anchor that %s links to is a heading', (page) => {
  const broken = linksOf(page).filter(
    ({ path, anchor }) => anchor !== undefined && path.endsWith('.md') && !anchorsOf(path).includes(anchor),
  );
  expect(broken.map(({ text }) => text)).toEqual([]);
});
