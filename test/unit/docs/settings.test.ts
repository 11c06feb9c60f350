import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pages, readPage, root } from './markdown';

const variable = /\b(?:ORCHESTRA_[A-Z_]+|DATABASE_URL)\b/g;

/** Variables of the environment that the program reads. */
function variablesRead(): Set<string> {
  const folder = join(root, 'src/main');
  const sources = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
  return new Set(sources.join('\n').match(variable));
}

/** Variables that a command agent is given; nobody sets them. */
const givenToAgents = new Set(
  readFileSync(join(root, 'src/connectors/command/agent-environment.ts'), 'utf8').match(variable),
);

test('the README lists every variable of the environment that is read, and no other', () => {
  const listed = [...readPage('README.md').matchAll(/^\| `([A-Z_]+)`/gm)].map(([, name]) => name);
  expect(listed.sort()).toEqual([...variablesRead()].sort());
});

test.each(pages())('every variable that %s names is one', (page) => {
  const known = variablesRead();
  const unknown = (readPage(page).match(variable) ?? []).filter((name) => !known.has(name) && !givenToAgents.has(name));
  expect(unknown).toEqual([]);
});
