import type { CommandLineHost } from '../ports';

/** Prints one object on stdout, and waits until the reader has it. */
export function printJson(host: CommandLineHost, value: object): Promise<void> {
  return host.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
