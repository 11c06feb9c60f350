import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from '../../processes/run-command';
import type { TemporalProvider } from './obtain-temporal';
import { withHeartbeat } from './with-heartbeat';

/** Lets the Temporal SDK download its dev server, about 50 MB, and puts that into the cache. */
export const downloadTemporal: TemporalProvider = async (cache, { environment, onProgress, signal }) => {
  const directory = path.dirname(cache.downloaded);
  await mkdir(directory, { recursive: true });
  const temporary = await mkdtemp(path.join(directory, 'download-'));
  try {
    onProgress("Downloading Temporal's dev server (about 50 MB, only the first time).");
    const program = path.join(__dirname, 'download-temporal-main.cjs');
    const { exitCode, output } = await withHeartbeat('Downloading Temporal', onProgress, () =>
      runCommand(process.execPath, [program, temporary], { environment, timeoutMs: 10 * 60_000, signal }),
    );
    const [file] = await readdir(temporary);
    if (exitCode !== 0 || file === undefined)
      throw new Error(reasonIn(output) ?? `the download ended with exit code ${exitCode}`);
    await rename(path.join(temporary, file), cache.downloaded);
    return cache.downloaded;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
};

function reasonIn(output: string): string | undefined {
  return /^reason: (.*)$/m.exec(output)?.[1] ?? output.trim().split('\n').at(-1);
}
