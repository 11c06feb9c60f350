import { createClient } from '../../../src';
import type { Orchestra } from '../../../src';
import { tokenOf } from '../../api/api-client';
import { openTestInstallation } from '../servers/test-installation';
import type { TestInstallation } from '../servers/test-installation';

/** A client that talks to the servers, and one that talks to an API that listens, for the same workspace. */
export interface BothWays {
  direct: Orchestra;
  http: Orchestra;
}

/** An installation with an API that listens and with workers, and the two clients of it. */
export interface SdkInstallation {
  installation: TestInstallation;
  apiUrl: string;
  ways: BothWays;
}

export async function startBothWays(environment: Record<string, string> = {}): Promise<SdkInstallation> {
  const installation = await openTestInstallation(environment);
  const [api] = await Promise.all([installation.startApi(), installation.startWorkers()]);
  const { databaseUrl, temporal } = installation.addresses;
  const direct = createClient({
    temporal: { address: String(temporal.connectionOptions?.address) },
    database: databaseUrl,
    taskQueue: installation.configuration.taskQueue,
    environment,
  });
  const http = createClient({ apiUrl: api.url, token: await tokenOf(installation, 'admin') });
  return { installation, apiUrl: api.url, ways: { direct, http } };
}

export async function stopBothWays({
  installation,
  ways: { direct, http },
}: Pick<SdkInstallation, 'installation' | 'ways'>): Promise<void> {
  await Promise.all([direct.close(), http.close()]);
  await installation.close();
}

/** Tests that do the same through the servers and over HTTP, and want the same of both. `way` names what has to be unique. */
export function testBothWays(ways: () => BothWays) {
  return (name: string, scenario: (client: Orchestra, way: string) => Promise<unknown>): void =>
    test(name, async () => {
      const { direct, http } = ways();
      const ofServers = comparable(await scenario(direct, 'direct-'));
      expect(comparable(await scenario(http, 'http-'))).toEqual(ofServers);
    });
}

/** What differs between two runs of the same thing, and says nothing about them. */
function comparable(answer: unknown): unknown {
  const text = JSON.stringify(answer ?? null)
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/\b(direct|http)-/g, 'way-')
    .replaceAll(/"(id|questionHash|decidedBy|createdBy|addedBy|by|token|etag)":"[^"]*"/g, '"$1":"…"')
    .replaceAll(/"(seq|nr|durationMs)":\d+/g, '"$1":0');
  return JSON.parse(text) as unknown;
}
