import { OrchestraError } from '../../domain/errors';
import { locateTemporal, temporalCache, type TemporalCache, type TemporalSearch } from './locate-temporal';
import { probeTemporal, type SkippedSource, type TemporalExecutable } from './temporal-executable';

/** Puts an executable into the cache; rejects, with the reason, where it cannot. */
export type TemporalProvider = (cache: TemporalCache, context: ProvisionContext) => Promise<string>;

export interface ProvisionContext {
  environment: NodeJS.ProcessEnv;
  onProgress: (message: string) => void;
  signal: AbortSignal;
}

export interface TemporalProviders {
  download: TemporalProvider;
  build: TemporalProvider;
}

/** Finds a Temporal executable, or downloads or builds one. Rejects with EMBEDDED_START_FAILED, naming all that was tried. */
export async function obtainTemporal(
  search: TemporalSearch,
  providers: TemporalProviders,
  { onProgress, signal }: Omit<ProvisionContext, 'environment'>,
): Promise<TemporalExecutable> {
  const { executable, skipped } = await locateTemporal(search);
  if (executable !== null) return executable;
  if (search.configuredPath === null) {
    const { environment } = search;
    const cache = temporalCache(environment);
    for (const [source, provide] of [
      ['sdk-download', providers.download],
      ['go-build', providers.build],
    ] as const) {
      signal.throwIfAborted();
      try {
        const file = await provide(cache, { environment, onProgress, signal });
        const probed = await probeTemporal(file, source, environment);
        if ('path' in probed) return probed;
        skipped.push(probed);
      } catch (error) {
        skipped.push({ source, reason: (error as Error).message });
      }
    }
  }
  throw new OrchestraError('EMBEDDED_START_FAILED', describeFailure(search, skipped));
}

function describeFailure({ configuredPath }: TemporalSearch, skipped: SkippedSource[]): string {
  const tried = skipped.map(({ source, reason }) => `  ${source}: ${reason}`).join('\n');
  const advice =
    configuredPath === null
      ? 'Install the Temporal command line (https://docs.temporal.io/cli) or Go 1.25 or newer, or use a Temporal server of your own.'
      : 'Correct ORCHESTRA_TEMPORAL_EXECUTABLE, or unset it, so that others are looked for.';
  return `No Temporal server could be found. Tried:\n${tried}\n${advice}`;
}
