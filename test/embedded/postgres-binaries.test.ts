import { existsSync, lstatSync } from 'node:fs';
import { chmod, cp, readdir } from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import { postgresAccount } from '../../src/embedded/postgres/postgres-account';
import {
  findPostgresPackage,
  missingLinks,
  preparePostgresBinaries,
} from '../../src/embedded/postgres/postgres-binaries';
import { runCommand } from '../../src/processes/run-command';
import { removeTemporaryDirectories, temporaryDirectory } from './temporary-directory';

let readOnly: string[] = [];
afterAll(async () => {
  for (const directory of readOnly) await chmod(directory, 0o755);
  removeTemporaryDirectories();
});

/** The package as it lies there where npm did not run its install script. */
async function packageWithoutLinks(): Promise<{ nativeDirectory: string; version: string }> {
  const installed = await findPostgresPackage();
  const nativeDirectory = path.join(temporaryDirectory(), 'native');
  await cp(installed.nativeDirectory, nativeDirectory, {
    recursive: true,
    filter: (source) => !lstatSync(source).isSymbolicLink(),
  });
  for (const program of await readdir(path.join(nativeDirectory, 'bin'))) {
    await chmod(path.join(nativeDirectory, 'bin', program), 0o644);
  }
  return { nativeDirectory, version: installed.version };
}

async function expectToRun(nativeDirectory: string): Promise<void> {
  for (const program of ['initdb', 'postgres']) {
    const result = await runCommand(path.join(nativeDirectory, 'bin', program), ['--version'], {
      environment: {},
      user: await postgresAccount(null),
      timeoutMs: 30_000,
    });
    expect(result).toEqual({ exitCode: 0, output: expect.stringContaining('(PostgreSQL)') as string });
  }
}

describe('PostgreSQL where npm did not run the install script', () => {
  test('gets its links and modes put right', async () => {
    const found = await packageWithoutLinks();
    expect((await missingLinks(found.nativeDirectory)).length).toBeGreaterThan(0);
    const copyDirectory = path.join(temporaryDirectory(), 'copies');
    expect(await preparePostgresBinaries(found, await postgresAccount(null), copyDirectory)).toBe(
      found.nativeDirectory,
    );
    expect(await missingLinks(found.nativeDirectory)).toEqual([]);
    expect(existsSync(copyDirectory)).toBe(false);
    await expectToRun(found.nativeDirectory);
  });

  test('is copied where it cannot be changed or reached', async () => {
    const found = await packageWithoutLinks();
    // Root can write anywhere, but its PostgreSQL user cannot enter a private folder; others cannot write a read-only one.
    const isRoot = userInfo().uid === 0;
    if (isRoot) await chmod(path.dirname(found.nativeDirectory), 0o700);
    readOnly = ['bin', 'lib'].map((directory) => path.join(found.nativeDirectory, directory));
    for (const directory of readOnly) await chmod(directory, 0o555);
    const copyDirectory = path.join(temporaryDirectory(), 'copies');
    const account = await postgresAccount(null);
    const copies = await Promise.all([1, 2].map(() => preparePostgresBinaries(found, account, copyDirectory)));
    expect(new Set(copies).size).toBe(1);
    expect(copies[0]?.startsWith(copyDirectory)).toBe(true);
    expect(await readdir(copyDirectory)).toHaveLength(1);
    await expectToRun(copies[0] ?? '');
  });
});
