import { Option } from 'commander';
import type { Command } from 'commander';
import type { CommandLineHost, DataFolder } from '../ports';

/** What a command needs to add itself to the program. */
export interface CommandContext {
  host: CommandLineHost;
  /** Of the global options; to be asked for when the command runs. */
  openDataFolder(): DataFolder;
  /** Wraps an action that returns the exit code. */
  action<Arguments extends unknown[]>(
    run: (...given: Arguments) => Promise<number>,
  ): (...given: Arguments) => Promise<void>;
}

export type OutputFormat = 'text' | 'json';

/** The option of commands that print for people or for programs. */
export function outputOption(): Option {
  return new Option('-o, --output <format>', 'what to print on stdout').choices(['text', 'json']).default('text');
}

/** Adds examples below the help of a command. */
export function withExamples(command: Command, examples: readonly string[]): Command {
  return command.addHelpText('after', `\nExamples:\n${examples.map((example) => `  $ ${example}`).join('\n')}`);
}
