/* Run as a process of its own: starts the process groups of its arguments, has them watched, and says so in a line of JSON. */
import { spawn } from 'node:child_process';
import { startGuardian } from '../../../src/processes/guardian';

const guardian = startGuardian();
const groups = process.argv.slice(2).map((script) => {
  const child = spawn('/bin/sh', ['-c', script], { detached: true, stdio: 'ignore' });
  const watch = guardian.watch({ pid: child.pid ?? 0, signal: 'SIGTERM', graceMs: 300 });
  return { pid: child.pid ?? 0, watch };
});
// The last group is released: the guardian must leave it alone.
groups.at(-1)?.watch.release();

const report = (): void => {
  process.stdout.write(`${JSON.stringify({ guardian: guardian.pid(), groups: groups.map(({ pid }) => pid) })}\n`);
};
report();
// Any byte on the standard input asks for the report again.
process.stdin.on('data', report);
setInterval(() => undefined, 60_000);
