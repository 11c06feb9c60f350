import { existsSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { readConfiguration } from '../../src/main/configuration';
import { runningServers, startServers } from '../../src/main/servers';
import type { Servers } from '../../src/main/servers';
import { removeTemporaryDirectories, temporaryDirectory } from './temporary-directory';

const started: Servers[] = [];
afterEach(async () => {
  for (const servers of started.splice(0).reverse()) await servers.stop();
});
afterAll(removeTemporaryDirectories);

/** No server is at either; looking for Temporal's executable would fail. */
const temporalElsewhere = {
  ORCHESTRA_TEMPORAL_ADDRESS: 'temporal.example:7233',
  ORCHESTRA_TEMPORAL_EXECUTABLE: '/nowhere/temporal',
};
const postgresElsewhere = { DATABASE_URL: 'postgres://ada@db.example/orchestra' };

async function start(dataDirectory: string, environment: NodeJS.ProcessEnv): Promise<Servers> {
  const servers = await startServers({
    configuration: readConfiguration(environment, dataDirectory),
    environment: process.env,
    report: () => undefined,
  });
  started.push(servers);
  return servers;
}

test('beside a Temporal that is configured, PostgreSQL alone is started, and found by commands that have the same configured', async () => {
  const dataDirectory = temporaryDirectory();
  const { addresses } = await start(dataDirectory, temporalElsewhere);
  expect(addresses).toMatchObject({
    temporal: { connectionOptions: { address: 'temporal.example:7233' } },
    webUiUrl: null,
  });
  expect(existsSync(path.join(dataDirectory, 'temporal.db'))).toBe(false);
  const client = new Client({ connectionString: addresses.databaseUrl });
  await client.connect();
  await client.end();

  expect((await start(dataDirectory, temporalElsewhere)).addresses).toEqual(addresses);
  expect(await runningServers(readConfiguration(temporalElsewhere, dataDirectory))).toMatchObject({ addresses });
  const refusal = {
    code: 'SERVER_UNAVAILABLE',
    message: expect.stringContaining('ORCHESTRA_TEMPORAL_ADDRESS') as string,
  };
  await expect(runningServers(readConfiguration({}, dataDirectory))).rejects.toMatchObject(refusal);
  await expect(start(dataDirectory, {})).rejects.toMatchObject(refusal);
  await expect(start(dataDirectory, postgresElsewhere)).rejects.toMatchObject(refusal);
});

test('beside a PostgreSQL that is configured, Temporal alone is started', async () => {
  const dataDirectory = temporaryDirectory();
  const { addresses } = await start(dataDirectory, postgresElsewhere);
  expect(addresses.databaseUrl).toBe(postgresElsewhere.DATABASE_URL);
  expect(addresses.temporal.connectionOptions.address).toMatch(/^127\.0\.0\.1:/);
  expect(existsSync(path.join(dataDirectory, 'postgres'))).toBe(false);
  await expect(runningServers(readConfiguration({}, dataDirectory))).rejects.toMatchObject({
    message: expect.stringContaining('DATABASE_URL') as string,
  });

  // Who comes next may need the other one.
  await started.splice(0)[0]?.stop();
  const both = await start(dataDirectory, {});
  expect(both.addresses.temporal.connectionOptions.address).toBe(addresses.temporal.connectionOptions.address);
  const besideBoth = await start(dataDirectory, temporalElsewhere);
  expect(besideBoth.addresses.databaseUrl).toBe(both.addresses.databaseUrl);
  expect(besideBoth.addresses.temporal.connectionOptions.address).toBe('temporal.example:7233');
});
