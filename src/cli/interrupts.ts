import { exitCodes } from './exit-codes';
import type { CommandLineHost, EndSignal } from './ports';

/** `npm run` passes on a Ctrl-C that the terminal has sent already: signals so close together are one. */
const repeatMs = 500;

/** What Ctrl-C and its like do: the first is for the command to handle, the second ends the program at once. */
export interface Interrupts {
  /** Aborted by the first signal, unless a handler is set. */
  signal: AbortSignal;
  /** The signal that came first. */
  received(): EndSignal | undefined;
  /** Takes the first signal from now on; `undefined` sets back to the abort. */
  handle(handler: ((signal: EndSignal) => void) | undefined): void;
}

/** Runs the command with its interrupts. One that ends because of the abort gives the signal's exit code. */
export async function withInterrupts(
  host: CommandLineHost,
  command: (interrupts: Interrupts) => Promise<number>,
): Promise<number> {
  const abort = new AbortController();
  let first: EndSignal | undefined;
  let firstAt = 0;
  let handler: ((signal: EndSignal) => void) | undefined;
  const stopListening = host.onSignal((signal) => {
    if (first !== undefined) {
      if (host.now() - firstAt <= repeatMs) return;
      void host.stderr.write(
        'Ended at once. A session that had not ended goes on at the next `orchestra dev` or `orchestra run`.\n',
      );
      host.exitNow(exitCodes.signals[signal]);
      return;
    }
    first = signal;
    firstAt = host.now();
    if (handler) handler(signal);
    else abort.abort();
  });
  try {
    return await command({
      signal: abort.signal,
      received: () => first,
      handle: (next) => (handler = next),
    });
  } catch (error) {
    if (abort.signal.aborted && first !== undefined) return exitCodes.signals[first];
    throw error;
  } finally {
    stopListening();
  }
}
