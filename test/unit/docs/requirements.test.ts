import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createClient } from '../../../src/sdk/http';
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

/** `| \`method\` | calls | tests |` of the interface that the first document names. */
const methods = [...readPage(page).matchAll(/^\| `(\w+)` +\| (`client\..*?) +\| (.*?) *\|$/gm)].map(
  ([, method = '', calls = '', tests = '']) => ({
    method,
    calls: calls.match(/(?<=`)client\.[^`]+(?=`)/g) ?? [],
    tests,
  }),
);

/** What is called at the end of `client.tasks.handle(id).get()`; calls before it are made. */
function calledBy(call: string): unknown {
  const steps = [...call.matchAll(/\.(\w+)(\([^)]*\))?/g)];
  return steps.reduce<unknown>(
    (value, [, name = '', made], at) => {
      const own = (value as Record<string, unknown>)[name];
      const isLast = at === steps.length - 1;
      return made === undefined || isLast ? own : (own as (id: string) => unknown).call(value, 'id');
    },
    createClient({ apiUrl: 'http://127.0.0.1:1', token: 'none' }),
  );
}

test('every method of the interface is a call that the client has, which the test of them all makes', () => {
  expect(methods).toHaveLength(12);
  const calls = methods.flatMap((one) => one.calls);
  expect(calls.length).toBeGreaterThan(12);
  expect(calls.filter((call) => typeof calledBy(call) !== 'function')).toEqual([]);
  const program = readFileSync(join(root, 'test/api/sdk-interface.test.ts'), 'utf8');
  const unused = methods.filter(
    ({ calls: [call = ''] }) => !program.includes(`.${/\.(\w+)\([^.]*$/.exec(call)?.[1]}(`),
  );
  expect(unused).toEqual([]);
});

test('tests that are named by what they say are there', () => {
  const missing = readPage(page)
    .split('\n')
    .flatMap((line) => [...line.matchAll(/\]\(([^)]+\.test\.ts)\): ("[^|]*")/g)])
    .flatMap(([, target = '', named = '']) => {
      const text = readFileSync(join(root, dirname(page), target), 'utf8');
      return (named.match(/"[^"]+"/g) ?? []).filter((name) => !text.includes(`('${name.slice(1, -1)}`));
    });
  expect(missing).toEqual([]);
  expect(methods.filter(({ tests }) => tests !== '' && !/^\[\S+\]\(\S+\.test\.ts\): ".+"$/.test(tests))).toEqual([]);
});
