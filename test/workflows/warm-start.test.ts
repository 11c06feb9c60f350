import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type * as WorkflowBundles from '../../src/main/workflow-bundle';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';

let installation: TestInstallation;
afterEach(() => installation.close());

it('a worker that is ready has its connections open, with the statements of turns planned, and shares the connection of its client', async () => {
  installation = await openTestInstallation();
  const { turnPool, connection, temporal } = installation;
  expect(turnPool.totalCount).toBe(0);
  await installation.startWorkers(['sessions']);
  expect(turnPool.totalCount).toBe(4);
  const clients = await Promise.all(Array.from({ length: 4 }, () => turnPool.connect()));
  for (const client of clients) {
    const { rows } = await client.query<{ name: string }>('SELECT name FROM pg_prepared_statements');
    expect(rows.map(({ name }) => name)).toEqual(expect.arrayContaining(['lock-session', 'write-turn']));
    client.release();
  }
  expect(temporal.connection).toBe(connection);
  expect(installation.reports).toEqual([]);
});

it('a worker that takes no turns rehearses none', async () => {
  installation = await openTestInstallation();
  await installation.startWorkers(['agents']);
  expect(installation.turnPool.totalCount).toBe(0);
});

it('the program that was built takes the workflows from the bundle of its build', async () => {
  installation = await openTestInstallation();
  const { workflowBundle } = (await import(
    join(process.cwd(), 'dist/main/workflow-bundle.js')
  )) as typeof WorkflowBundles;
  for (const [encryption, file] of [
    ['off', 'workflow-bundle.js'],
    ['on', 'workflow-bundle-encrypting.js'],
  ] as const) {
    const codePath = join(process.cwd(), 'dist', file);
    expect(existsSync(codePath)).toBe(true);
    expect(await workflowBundle(encryption)).toEqual({ codePath });
  }
});
