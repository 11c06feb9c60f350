// Not the whole package, with all that workers and bundles need: every command connects.
import { NativeConnection } from '@temporalio/worker/lib/connection';
import type { Configuration } from './configuration';
import { OrchestraError } from '../domain/errors';

/** Where the servers are, whoever runs them. */
export interface ServerAddresses {
  databaseUrl: string;
  temporal: NonNullable<Configuration['temporal']>;
  webUiUrl: string | null;
}

/** One connection for client and workers. Throws SERVER_UNAVAILABLE with what to do. */
export async function connectTemporal({ temporal }: ServerAddresses): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect(temporal.connectionOptions);
  } catch (error) {
    throw new OrchestraError(
      'SERVER_UNAVAILABLE',
      `The Temporal server at ${temporal.connectionOptions.address} does not answer. Start it, or unset ORCHESTRA_TEMPORAL_ADDRESS to use the embedded one.`,
      { cause: error },
    );
  }
}
