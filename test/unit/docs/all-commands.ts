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
export async function allCommands(above: readonly string[] = []): Promise<string[][]> {
  const found: string[][] = [];
  for (const name of commandsIn(await helpOf(above))) {
    const command = [...above, name];
    const subcommands = await allCommands(command);
    found.push(...(subcommands.length === 0 ? [command] : subcommands));
  }
  return found;
}
