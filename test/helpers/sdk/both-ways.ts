import { createClient } from '../../../src';
import type { Orchestra } from '../../../src';
import { tokenOf } from '../../api/api-client';
import type { TestInstallation } from '../servers/test-installation';

/** A client that talks to the servers, and one that talks to an API that listens, for the same workspace. */
export interface BothWays {
  direct: Orchestra;
  http: Orchestra;
}

export async function openBothWays(
  installation: TestInstallation,
  apiUrl: string,
  environment: Record<string, string> = {},
): Promise<BothWays> {
  const { databaseUrl, temporal } = installation.addresses;
  return {
    direct: createClient({
      temporal: { address: String(temporal.connectionOptions?.address) },
      database: databaseUrl,
      taskQueue: installation.configuration.taskQueue,
      environment,
    }),
    http: createClient({ apiUrl, token: await tokenOf(installation, 'admin') }),
  };
}

/** What differs between two runs of the same thing, and says nothing about them. */
export function comparable(answer: unknown): unknown {
  const text = JSON.stringify(answer ?? null)
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/\b(direct|http)-/g, 'way-')
    .replaceAll(/"(id|questionHash|decidedBy|createdBy|addedBy|by|token|etag)":"[^"]*"/g, '"$1":"…"')
    .replaceAll(/"(seq|nr|durationMs)":\d+/g, '"$1":0');
  return JSON.parse(text) as unknown;
}
