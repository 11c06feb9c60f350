import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { definitionsOf, readPage, root } from './markdown';

const page = 'docs/requirements.md';

interface Row {
  id: string;
  capability: string;
  code: string;
  test: string;
}

const rows: Row[] = [...readPage(page).matchAll(/^\| ([A-E]\d+)\s*\| (.*?)\s*\| (.*?)\s*\| (.*?)\s*\|$/gm)].map(
  ([, id = '', capability = '', code = '', test = '']) => ({ id, capability, code, test }),
);

const files = new Map(definitionsOf(page).map(({ label, target }) => [label, join(dirname(page), target)]));

/** The files that a cell links to; undefined where it holds anything but links that are defined. */
function filesIn(cell: string): string[] | undefined {
  const labels = cell.split(', ').map((part) => /^\[([^\]]+)\]$/.exec(part)?.[1]);
  const found = labels.map((label) => (label === undefined ? undefined : files.get(label)));
  return found.every((file) => file !== undefined) ? found : undefined;
}

const isNotYet = ({ code, test }: Row): boolean => code === 'not yet' && test === '';
const referenceOf = ({ code, test }: Row): string[] | undefined =>
  test === '' ? /^see ([A-E]\d+(?:, [A-E]\d+)*)$/.exec(code)?.[1]?.split(', ') : undefined;

test('all five documents have rows, numbered without gaps', () => {
  for (const document of 'ABCDE') {
    const ids = rows.map(({ id }) => id).filter((id) => id.startsWith(document));
    expect(ids.length).toBeGreaterThan(20);
    expect(ids).toEqual(ids.map((_, at) => `${document}${at + 1}`));
  }
});

test('every row has code and test, or the words "not yet", or leads to another row', () => {
  const wrong = rows.filter((row) => {
    if (isNotYet(row) || referenceOf(row)) return false;
    const [code, tests] = [filesIn(row.code), filesIn(row.test)];
    return (
      !code?.every((file) => /^(src|bench|deploy)\//.test(file)) ||
      !tests?.every((file) => /^test\/.*\.test\.ts$/.test(file))
    );
  });
  expect(wrong).toEqual([]);
});

test('every file that is named exists', () => {
  expect([...files.values()].filter((file) => !existsSync(join(root, file)))).toEqual([]);
});

test('every file that is listed is used by a row', () => {
  const used = new Set(rows.flatMap(({ code, test }) => [...(filesIn(code) ?? []), ...(filesIn(test) ?? [])]));
  expect([...files.values()].filter((file) => !used.has(file))).toEqual([]);
});

test('rows that lead to another row lead to one that speaks for itself', () => {
  const own = new Set(rows.filter((row) => !referenceOf(row)).map(({ id }) => id));
  expect(rows.flatMap((row) => referenceOf(row) ?? []).filter((id) => !own.has(id))).toEqual([]);
});
