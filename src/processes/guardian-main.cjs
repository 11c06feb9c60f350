'use strict';
/*
 * The guardian: a process of its own that outlives its parent by a moment. It reads lines of JSON from its standard input,
 * {"watch": id, "pid", "startTime", "signal", "graceMs"} and {"release": id}. When the input closes, the parent is gone, by whatever
 * means, and every process group still watched is ended.
 *
 * Plain JavaScript without imports from the project, so that it runs the same from src (tests) and from dist.
 */
const { execFileSync } = require('node:child_process');
const { readFileSync } = require('node:fs');
const { createInterface } = require('node:readline');
const { setTimeout: wait } = require('node:timers/promises');

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

const watched = new Map();
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const message = parse(line);
  if (message?.watch !== undefined) watched.set(message.watch, message);
  if (message?.release !== undefined) watched.delete(message.release);
});
lines.on('close', () => {
  void Promise.all([...watched.values()].map(endGroup)).finally(() => process.exit(0));
});

/** The last line may be torn: the parent can be killed in the middle of a write. */
function parse(line) {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

async function endGroup({ pid, startTime, signal, graceMs }) {
  // A group lives on without its leader; a pid that now has another start time was reused, so that group is long gone.
  const current = readStartTime(pid);
  if (current !== undefined && current !== startTime) return;
  if (!send(pid, signal)) return;
  const deadline = Date.now() + graceMs;
  while (Date.now() < deadline) {
    await wait(25);
    if (!send(pid, 0)) return;
  }
  send(pid, 'SIGKILL');
}

function send(groupId, signal) {
  try {
    process.kill(-groupId, signal);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** The same text as `startTime` of read-process.ts. */
function readStartTime(pid) {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
      return `${bootId}-${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
    }
    const env = { LC_ALL: 'C', TZ: 'UTC' };
    const started = execFileSync('/bin/ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', env });
    return started.trim().split(/\s+/).join('_').replaceAll(':', '-');
  } catch {
    return undefined;
  }
}
