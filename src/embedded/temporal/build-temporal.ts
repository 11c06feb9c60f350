import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from '../../processes/run-command';
import { waitForLock } from '../directory-lock';
import { builtTemporalVersion, findOnPath } from './locate-temporal';
import type { TemporalProvider } from './obtain-temporal';
import { withHeartbeat } from './with-heartbeat';

const goPackage = `github.com/temporalio/cli/cmd/temporal@v${builtTemporalVersion}`;

/** Builds Temporal's command line with `go install` and puts it into the cache; of several builders at once, one does the work. */
export const buildTemporal: TemporalProvider = async (cache, { environment, onProgress, signal }) => {
  const go = findOnPath('go', environment['PATH']);
  if (go === null) throw new Error('there is no "go" on PATH to build it with');
  const directory = path.dirname(cache.built);
  await mkdir(directory, { recursive: true });
  const lock = await waitForLock(path.join(directory, 'lock'), signal, (heldBy) => {
    onProgress(`Process ${heldBy} is already building Temporal; waiting for it.`);
  });
  // In the cache's own folder, so that the rename cannot cross file systems; what a killed builder left is removed by the next one.
  const temporary = path.join(directory, 'building');
  try {
    if (existsSync(cache.built)) return cache.built;
    await rm(temporary, { recursive: true, force: true });
    onProgress(
      `Building the Temporal server from source with ${go}, because no executable was found and none could be downloaded. ` +
        'It is a large program: this takes some minutes, only the first time.',
    );
    const { exitCode, output } = await withHeartbeat('Building Temporal', onProgress, () =>
      runCommand(go, ['install', goPackage], {
        environment: { ...environment, GOBIN: temporary },
        timeoutMs: 45 * 60_000,
        signal,
      }),
    );
    if (exitCode !== 0) {
      throw new Error(
        `"go install ${goPackage}" failed (exit code ${exitCode}): ${output.trim().split('\n').slice(-3).join('; ')}`,
      );
    }
    await rename(path.join(temporary, 'temporal'), cache.built);
    return cache.built;
  } finally {
    await rm(temporary, { recursive: true, force: true });
    lock.release();
  }
};
