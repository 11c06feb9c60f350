import { runCommandLine } from '../../../src/cli/run-command-line';
import type { CommandLineHost, Output } from '../../../src/cli/ports';
import { codeLinesOf, pages, readPage } from './markdown';

/** What `--help` says of a command; nothing else of the host is there. */
async function helpOf(command: readonly string[]): Promise<string> {
  let text = '';
  const output: Output = {
    isTerminal: false,
    hasColours: false,
    size: () => ({ columns: 120, rows: 40 }),
    write: (written) => {
      text += written;
      return Promise.resolve();
    },
  };
  const unexpected = (): never => {
    throw new Error('--help asked for more than an output');
  };
  const host: CommandLineHost = {
    version: '0.0.0',
    machineName: 'laptop',
    currentDirectory: '.',
    stdout: output,
    stderr: output,
    isDebugging: false,
    now: unexpected,
    readText: unexpected,
    readTextSync: unexpected,
    download: unexpected,
    listFolder: unexpected,
    readStdin: unexpected,
    editText: unexpected,
    readVariable: unexpected,
    onSignal: unexpected,
    exitNow: unexpected,
    account: {
      logIn: unexpected,
      logInWithToken: unexpected,
      logOut: unexpected,
      whoAmI: unexpected,
      request: unexpected,
    },
    openDataFolder: unexpected,
  };
  await runCommandLine([...command, '--help'], host);
  return text;
}

/** Names of the commands that a help text lists. */
function commandsIn(help: string): string[] {
  const [, list = ''] = /^Commands:\n((?: {2}.*\n?)+)/m.exec(help) ?? [];
  return [...list.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name = '']) => name).filter((name) => name !== 'help');
}

/** Every command with its subcommands, as words. */
async function allCommands(above: readonly string[] = []): Promise<string[][]> {
  const found: string[][] = [];
  for (const name of commandsIn(await helpOf(above))) {
    const command = [...above, name];
    const subcommands = await allCommands(command);
    found.push(...(subcommands.length === 0 ? [command] : subcommands));
  }
  return found;
}

/** Calls of `orchestra` in the code of a page: the words behind it. */
function callsIn(page: string): string[][] {
  return codeLinesOf(page).flatMap((line) => {
    const call = /(?:^|\s|\/)(?:orchestra|orchestra\.js) (.*)$/.exec(line)?.[1];
    return call === undefined ? [] : [call.split(/[\s[\]…]+/).filter((word) => word !== '')];
  });
}

test('the command line has commands', async () => {
  expect(await allCommands()).toEqual(expect.arrayContaining([['run'], ['sessions', 'list']]));
});

test.each(pages())('every command and option that %s names exists', async (page) => {
  const known = await allCommands();
  const unknown: string[] = [];
  for (const words of callsIn(page)) {
    const wholes = words.filter((word, at) => !word.startsWith('-') && words[at - 1] !== '--data');
    const command = known.find((names) => names.every((name, at) => wholes[at] === name));
    const isGlobal = wholes.length === 0;
    const help = command || isGlobal ? await helpOf(command ?? []) : '';
    const options = words.filter((word) => /^--?[a-z]/.test(word));
    const missing = options.filter((option) => !new RegExp(`(^|[\\s,])${option}([\\s,]|$)`, 'm').test(help));
    if (help === '' || missing.length > 0) unknown.push(`orchestra ${words.join(' ')}`);
  }
  expect(unknown).toEqual([]);
});

test('the README names every command', async () => {
  const readme = readPage('README.md');
  const absent = (await allCommands()).filter(
    (names) => !readme.includes(`orchestra ${names.join(' ')}`) && !readme.includes(`\`${names.at(-1)}\``),
  );
  expect(absent).toEqual([]);
});
