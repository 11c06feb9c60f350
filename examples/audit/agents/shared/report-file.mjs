import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { AuditError } from './agent.mjs';
import { findWorkTree } from './git.mjs';

/** Readers see the old file or the new one, never half of one. */
async function replaceFile(path, text) {
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeFile(draft, text);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

async function writeToDefault(fileName, markdown) {
  const checkout = await findWorkTree('.').catch(() => resolve('.'));
  const folder = join(checkout, '.orchestra', 'reports');
  try {
    await mkdir(folder, { recursive: true });
    // A folder that ignores itself never shows up in `git status`.
    await writeFile(join(folder, '.gitignore'), '*\n');
    await replaceFile(join(folder, fileName), markdown);
    return join(folder, fileName);
  } catch {
    // The plan may lie where this user cannot write, such as a global installation.
    const path = join(await mkdtemp(join(tmpdir(), 'orchestra-report-')), fileName);
    await replaceFile(path, markdown);
    return path;
  }
}

/**
 * Writes the report and returns its absolute path. Without a path it goes to `.orchestra/reports/` of the checkout that the plan lies in,
 * or to a new folder for temporary files where that cannot be written.
 */
export async function writeReport(path, repositoryName, markdown) {
  if (path === '') return writeToDefault(`audit-${repositoryName.replace(/[^\w.-]+/g, '-')}.md`, markdown);
  const wanted = resolve(path);
  try {
    await mkdir(dirname(wanted), { recursive: true });
    await replaceFile(wanted, markdown);
    return wanted;
  } catch (error) {
    throw new AuditError(
      `The report could not be written to ${wanted} (${error.code}). Choose another path with the input "report".`,
    );
  }
}
