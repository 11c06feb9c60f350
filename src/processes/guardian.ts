import { spawn, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import path from 'node:path';
import type { EndPolicy } from './end-process-group';
import { readStartTime } from './read-process';

/** Ends what it watches when this process dies by any means, SIGKILL included. */
export interface Guardian {
  /** Watches the process group that `pid` leads (spawn it with `detached: true`, and call this in the same tick). */
  watch(target: { pid: number } & EndPolicy): Watch;
  /** The guardian's own process. */
  pid(): number | undefined;
}

export interface Watch {
  /** Call once the group has ended: the guardian forgets it. */
  release(): void;
}

let guardian: Guardian | undefined;

/** The guardian of this process, started on the first call; it keeps neither the event loop nor itself alive. */
export function startGuardian(): Guardian {
  return (guardian ??= createGuardian());
}

function createGuardian(): Guardian {
  const watches = new Map<number, string>();
  let nextId = 1;
  let child = start();

  function start(): ChildProcess {
    const started = spawn(process.execPath, [path.join(__dirname, 'guardian-main.cjs')], {
      // A session of its own: Ctrl-C on the terminal must not end it before it has done its work.
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      cwd: '/',
      env: {},
    });
    // A guardian that was killed is replaced; the pause keeps a machine that cannot start one from spinning.
    const replace = (): void => {
      setTimeout(() => {
        child = start();
        for (const message of watches.values()) send(message);
      }, 100).unref();
    };
    started.once('error', replace);
    started.once('exit', replace);
    started.stdin?.on('error', () => undefined);
    started.unref();
    (started.stdin as Socket | null)?.unref();
    return started;
  }

  function send(message: string): void {
    if (child.stdin?.writable === true) child.stdin.write(message);
  }

  return {
    pid: () => child.pid,
    watch({ pid, signal, graceMs }) {
      const id = nextId++;
      const startTime = readStartTime(pid);
      const message = `${JSON.stringify({ watch: id, pid, startTime, signal, graceMs })}\n`;
      watches.set(id, message);
      send(message);
      return {
        release() {
          if (watches.delete(id)) send(`${JSON.stringify({ release: id })}\n`);
        },
      };
    },
  };
}
