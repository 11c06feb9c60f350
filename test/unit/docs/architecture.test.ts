import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readPage } from './markdown';

const page = readPage('docs/architecture.md');

/** What stands in backticks. */
const named = [...page.matchAll(/`([^`\n]+)`/g)].map(([, text = '']) => text);

/** Tables that there are once all migrations have run. */
function tables(): string[] {
  const folder = 'src/stores/migrations';
  const found = new Set<string>();
  for (const file of readdirSync(folder).sort()) {
    const sql = readFileSync(join(folder, file), 'utf8');
    const steps = sql.matchAll(
      /^(?:CREATE (?:UNLOGGED )?TABLE (\w+)|DROP TABLE (\w+)|ALTER TABLE (\w+) RENAME TO (\w+))/gm,
    );
    for (const [, made, dropped, before, after] of steps) {
      if (made !== undefined) found.add(made);
      for (const gone of [dropped, before]) if (gone !== undefined) found.delete(gone);
      if (after !== undefined) found.add(after);
    }
  }
  return [...found].sort();
}

/** First column of the tables under the heading, up to the next one. */
function firstColumn(heading: string): string[] {
  const [, section = ''] = page.split(`\n## ${heading}\n`);
  const rows = (section.split(/^##/m)[0] ?? '').matchAll(/^\| (`[^|]+?) +\|/gm);
  return [...rows].flatMap(([, cell = '']) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
}

test('the read model names every table, and no other', () => {
  expect(firstColumn('Read model').sort()).toEqual(tables());
});

test('the engine names every file of it, and no other', () => {
  const files = readdirSync('src/domain/session').sort();
  expect(files.length).toBeGreaterThan(20);
  expect(firstColumn('The engine').sort()).toEqual(files);
});

test('the files and folders that are named are there', () => {
  const paths = named.filter((text) => /^(src|test)\/[\w./-]+$/.test(text));
  expect(paths.length).toBeGreaterThan(40);
  expect(paths.filter((path) => ![path, `${path}.ts`].some((one) => existsSync(one)))).toEqual([]);
});
