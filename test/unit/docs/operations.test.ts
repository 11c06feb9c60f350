import { rules } from '../../../src/api/permissions';
import { readPage } from './markdown';
import { allCommands } from './all-commands';

const [, section = ''] = readPage('docs/api.md').split('\n## Commands, operations, calls\n');
const rows = [...(section.split('\n## ')[0] ?? '').matchAll(/^\| (`.+?) +\| (`.+?) +\| .+\|$/gm)];
const codeIn = (cells: readonly (string | undefined)[]): string[] =>
  cells.flatMap((cell = '') => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code));

/** About processes on a machine, or the login of a person at it; and `request`, which is for any operation. */
const local = ['dev', 'worker', 'host', 'api', 'migrate', 'doctor', 'login', 'logout', 'whoami', 'request'];

test('the page says of every command what it is over HTTP', async () => {
  const commands = (await allCommands()).map((words) => words.join(' '));
  const shown = codeIn(rows.map(([, cell]) => cell));
  expect(commands.filter((command) => !shown.includes(command) && !local.includes(command))).toEqual([]);
  expect(shown.filter((command) => !commands.includes(command))).toEqual([]);
});

test('operations that the page names are those of the API', () => {
  const named = codeIn(rows.map(([, , cell]) => cell)).filter((code) => code.includes(' '));
  expect(named.length).toBeGreaterThan(60);
  expect(named.map((one) => one.replace(' ', ' /v1')).filter((one) => !Object.hasOwn(rules, one))).toEqual([]);
});
