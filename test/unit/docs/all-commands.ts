import { runCommandLine } from '../../../src/cli/run-command-line';
import type { CommandLineHost, Output } from '../../../src/cli/ports';

const helps = new Map<string, Promise<string>>();

/** What `--help` says of a command. */
export function helpOf(command: readonly string[]): Promise<string> {
  const key = command.join(' ');
  const known = helps.get(key) ?? askForHelp(command);
  helps.set(key, known);
  return known;
}

/** Nothing else of the host is there. */
async function askForHelp(command: readonly string[]): Promise<string> {
  let text = '';
  const output: Output = {
    isTerminal: false,
    hasColours: false,
    size: () => ({ columns: 120, rows: 40 }),
    failure: () => undefined,
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

/** The arguments and options of a command, each with the words that its help text has for it; empty where it has none. */
export async function parametersOf(command: readonly string[]): Promise<Map<string, string>> {
  const help = await helpOf(command);
  const [, usage = ''] = /^Usage: (.*)$/m.exec(help) ?? [];
  const named = [...usage.matchAll(/ [<[]([^>\]]+)[>\]]/g)].map(([, name = '']) => name.replace(/\.{3}$/, ''));
  const parameters = new Map(named.filter((name) => name !== 'options').map((name) => [name, '']));
  for (const [, list = ''] of help.matchAll(/^(?:Arguments|Options|Global Options):\n((?: {2}.*\n?)+)/gm)) {
    for (const [, name = '', words = ''] of list.matchAll(/^ {2}(\S+(?: \S+)*)(?: {2,}(\S.*))?$/gm)) {
      // Commander itself lists what may be chosen, and what is taken otherwise.
      parameters.set(name, words.startsWith('(') ? '' : words);
    }
  }
  return parameters;
}

/** Every command with its subcommands, as words. */
export async function allCommands(above: readonly string[] = []): Promise<string[][]> {
  const found: string[][] = [];
  for (const name of commandsIn(await helpOf(above))) {
    const command = [...above, name];
    const subcommands = await allCommands(command);
    found.push(...(subcommands.length === 0 ? [command] : subcommands));
  }
  return found;
}
