'use strict';
/*
 * A command agent that leaves traces: `node agent.cjs DIRECTORY [held]` appends a line of JSON to DIRECTORY/traces.jsonl when it starts, when
 * it is told to stop, and when it finishes. Held, it works until the file DIRECTORY/gates/<task> (or `<task>.<attempt>`, or `all`) is there, and ends by itself
 * when the whole directory is gone, because its test is over then.
 */
const { appendFileSync, existsSync } = require('node:fs');
const { join } = require('node:path');

const [directory, mode] = process.argv.slice(2);
const session = process.env.ORCHESTRA_SESSION;
const task = process.env.ORCHESTRA_TASK;
const attempt = Number(process.env.ORCHESTRA_ATTEMPT);
const key = process.env.ORCHESTRA_IDEMPOTENCY_KEY;

function leaveTrace(what) {
  const trace = { what, session, task, attempt, key, pid: process.pid, at: Date.now() };
  appendFileSync(join(directory, 'traces.jsonl'), `${JSON.stringify(trace)}\n`);
}

function finish() {
  leaveTrace('finished');
  // The worker may be gone, and the pipe with it.
  process.stdout.on('error', () => process.exit(0));
  process.stdout.write(JSON.stringify({ task, attempt, pid: process.pid }), () => process.exit(0));
}

process.on('SIGTERM', () => {
  leaveTrace('told to stop');
  process.exit(143);
});
leaveTrace('started');

if (mode !== 'held') finish();
else {
  setInterval(() => {
    if (!existsSync(directory)) process.exit(1);
    if ([task, `${task}.${attempt}`, 'all'].some((gate) => existsSync(join(directory, 'gates', gate)))) finish();
  }, 25);
}
