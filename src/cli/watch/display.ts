import { setTimeout as delay } from 'node:timers/promises';
import type { SessionOverview } from '../../contracts/ports/session-catalog';
import type { CommandLineHost, Output, Session } from '../ports';
import { displayWidth } from '../terminal/display-width';
import { createLiveRegion } from '../terminal/live-region';
import { safeLine } from '../terminal/safe-text';
import { createStyle } from '../terminal/style';
import { liveView } from './live-view';
import type { LiveState } from './live-view';
import { persistently } from './persistently';
import type { Persistence } from './persistently';
import { PlainLines } from './plain-lines';
import { taskRows } from './task-rows';

/** Shows a session while it runs: a live view on a terminal, else a line an event. */
export interface Display {
  /** Says something that is not about the session's tasks. */
  notice(message: string): void;
  /** Shows the session until it has ended, and returns what it came to. Rejects when the signal is aborted. */
  watch(session: Session, options: Omit<Persistence, 'notice'>): Promise<SessionOverview>;
  /** Names the session before it is watched. */
  begin(heading: Heading): void;
  /** What Ctrl-C does from now on. */
  setInterruptHint(hint: string): void;
}

export interface Heading {
  id: string;
  /** In the Temporal Web UI; null where its address is not known. */
  url: string | null;
  interruptHint: string;
}

const frameMs = 100;

/** `output`: where the view goes; notices go to stderr unless there is a live view to keep whole. */
export function createDisplay(host: CommandLineHost, output: Output): Display {
  return output.isTerminal ? createLiveDisplay(host, output) : createPlainDisplay(host, output);
}

function createPlainDisplay(host: CommandLineHost, output: Output): Display {
  const notice = (message: string): void => void host.stderr.write(`${message}\n`);
  return {
    notice,
    begin: ({ id, url }) => void output.write(`Session ${id}${url === null ? '' : `, ${url}`}\n`),
    setInterruptHint: () => undefined,
    watch: async (session, options) => {
      const persistence = { ...options, notice };
      const lines = new PlainLines();
      let after = 0;
      await persistently(async () => {
        for await (const row of session.events({ after, signal: options.signal })) {
          after = row.seq;
          const line = lines.next(row);
          if (line !== undefined) await output.write(`${line}\n`);
        }
      }, persistence);
      return persistently(() => session.overview(), persistence);
    },
  };
}

function createLiveDisplay(host: CommandLineHost, output: Output): Display {
  const region = createLiveRegion(output);
  const style = createStyle(output.hasColours);
  let hints: readonly string[] = [];
  const notice = (message: string): void => void region.printAbove(style.dim(safeLine(message)));

  return {
    notice,
    begin: ({ url, interruptHint }) => {
      const link = url === null ? undefined : `Temporal Web UI: ${url}`;
      const fits = link !== undefined && displayWidth(link) <= output.size().columns;
      // Cut, it would lead nowhere; above the view, the terminal wraps it.
      if (link !== undefined && !fits) notice(link);
      hints = [...(fits ? [link] : []), interruptHint];
    },
    setInterruptHint: (hint) => (hints = [...hints.slice(0, -1), hint]),
    watch: async (session, options) => {
      const persistence = { ...options, notice };
      const read = async (): Promise<Pick<LiveState, 'overview' | 'tasks'>> => {
        const overview = await session.overview();
        return { overview, tasks: taskRows(await session.runs()) };
      };
      let latest = await persistently(read, persistence);
      const draw = (belowBar = hints): Promise<void> =>
        region.draw(liveView({ ...latest, now: host.now(), hints: belowBar }, { ...output.size(), style }));
      const reader = readRepeatedly(
        () => persistently(read, persistence),
        options.signal,
        (next) => (latest = next),
      );
      try {
        while (latest.overview.endedAt === null) {
          await draw();
          await Promise.race([delay(frameMs, undefined, { signal: options.signal }), reader.failed]);
        }
        await draw([]);
        return latest.overview;
      } finally {
        reader.stop();
        region.end();
      }
    },
  };
}

/** Reads again and again, with pauses that leave the servers time for other things however long a reading takes. */
function readRepeatedly<T extends { overview: SessionOverview }>(
  read: () => Promise<T>,
  signal: AbortSignal,
  onRead: (value: T) => void,
): { failed: Promise<never>; stop(): void } {
  let stopped = false;
  const failed = new Promise<never>((_, reject) => {
    const keepReading = async (): Promise<void> => {
      while (!stopped) {
        const begun = performance.now();
        const value = await read();
        onRead(value);
        if (value.overview.endedAt !== null) return;
        await delay(Math.max(150, 4 * (performance.now() - begun)), undefined, { signal });
      }
    };
    keepReading().catch(reject);
  });
  failed.catch(() => undefined);
  return { failed, stop: () => (stopped = true) };
}
