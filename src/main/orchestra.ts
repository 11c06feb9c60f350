import { runCommandLine } from '../cli/run-command-line';
import { createHost } from './command-line-host';

/** The command `orchestra`. */
async function main(): Promise<void> {
  const exitCode = await runCommandLine(process.argv.slice(2), createHost(process));
  // All has been written and closed; a connection that lingers must not keep the shell waiting.
  process.exit(exitCode);
}

void main();
