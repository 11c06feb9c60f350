import { PassThrough } from 'node:stream';
import type { Readable } from 'node:stream';

/** Whoever reads nothing for so long is not waited for: what is read from may be held meanwhile. */
const longestStallMs = 30_000;

/**
 * A body of JSON lines that is made while it is read, no faster. Where `produce` fails, the answer breaks off: its reader sees that it is not whole. Where the
 * reader leaves, what `produce` writes next fails.
 */
export function jsonLines(
  produce: (write: (line: unknown) => Promise<void>) => Promise<void>,
  stallMs = longestStallMs,
): Readable {
  const body = new PassThrough();
  const write = async (line: unknown): Promise<void> => {
    if (!body.destroyed && !body.write(`${JSON.stringify(line)}\n`)) await drained(body, stallMs);
    if (body.destroyed) throw new Error('Nobody reads the lines any more.');
  };
  produce(write).then(
    () => body.end(),
    (error: unknown) => body.destroy(error as Error),
  );
  return body;
}

/** Resolves once more may be written, or nobody reads any more. */
function drained(body: PassThrough, stallMs: number): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      clearTimeout(timer);
      body.off('drain', go).off('close', go);
      resolve();
    };
    const timer = setTimeout(() => body.destroy(new Error('The lines were not read in time.')), stallMs);
    body.once('drain', go).once('close', go);
  });
}
