import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfiguration } from '../src/main/configuration';
import { startLocal } from '../src/main/local';
import type { LocalInstallation } from '../src/main/local';

export interface Measured {
  installation: LocalInstallation;
  dataDirectory: string;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
}

/** Starts everything in a folder of its own, which goes with it afterwards. `settings`: environment variables besides the usual ones. */
export async function withInstallation(
  settings: Readonly<Record<string, string>>,
  report: (line: string) => void,
  measure: (measured: Measured) => Promise<void>,
): Promise<void> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'orchestra-bench-'));
  // PostgreSQL may run as another user than we do.
  await chmod(dataDirectory, 0o755);
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort());
  const { HOME, PATH, TMPDIR, ORCHESTRA_TEMPORAL_EXECUTABLE } = process.env;
  // Nothing else of the environment: what is configured for daily work must not be measured, or be measured on.
  const environment = { HOME, PATH, TMPDIR, ORCHESTRA_TEMPORAL_EXECUTABLE, ...settings };
  const { signal } = interruption;
  try {
    const installation = await startLocal({
      configuration: readConfiguration(environment, dataDirectory),
      environment,
      report,
      signal,
      roles: ['sessions', 'agents'],
    });
    try {
      await measure({ installation, dataDirectory, signal });
    } finally {
      await installation.stop();
    }
  } finally {
    await rm(dataDirectory, { recursive: true, force: true });
  }
}
