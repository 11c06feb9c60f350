import { runCommand } from '../../processes/run-command';

/** Where a Temporal executable came from, in the order in which they are looked for. */
export type TemporalSource = 'configured' | 'path' | 'cache' | 'sdk-download' | 'go-build';

export interface TemporalExecutable {
  path: string;
  source: TemporalSource;
  /** As the program states it: `1.5.1 (Server 1.29.1, UI 2.42.1)`. */
  version: string;
}

/** A source that was tried, and why it did not serve. */
export interface SkippedSource {
  source: TemporalSource;
  reason: string;
}

/** Asks a program whether it is Temporal's command line with a server in it; the reason in words where it is not. */
export async function probeTemporal(
  file: string,
  source: TemporalSource,
  environment: NodeJS.ProcessEnv,
): Promise<TemporalExecutable | SkippedSource> {
  try {
    const { output } = await runCommand(file, ['--version'], { environment, timeoutMs: 30_000 });
    const version = /^temporal version (.*\(Server .*\))/m.exec(output)?.[1];
    if (version !== undefined) return { path: file, source, version };
    return { source, reason: `${file} is not Temporal's command line: it answered "${output.trim().slice(0, 200)}"` };
  } catch (error) {
    return { source, reason: `${file} cannot be run: ${(error as Error).message}` };
  }
}
